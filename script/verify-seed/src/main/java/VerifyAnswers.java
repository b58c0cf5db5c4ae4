// Validates files of one resource each, JSON or XML, as FHIR R4 with HAPI's instance validator.
// Offline, as VerifySeed. Prints every error and the warnings grouped; exit status 1 on any error.
// https://hl7.org/fhir/R4/validation.html

import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

public final class VerifyAnswers {
  public static void main(String[] args) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(Path.of(args[0]))) {
      files = all.sorted().toList();
    }
    FhirValidator validator =
        VerifySeed.validator(VerifySeed.codeSystems(List.of(Path.of("seed/00-code-systems.json"))));
    Map<String, Integer> warnings = new TreeMap<>();
    int errors = 0;
    for (Path file : files) {
      for (SingleValidationMessage issue :
          validator.validateWithResult(Files.readString(file)).getMessages()) {
        String message = issue.getMessage().replaceAll("\\s+", " ");
        if (issue.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0) {
          errors++;
          System.out.printf(
              "ERROR %s %s: %s%n", file.getFileName(), issue.getLocationString(), message);
        } else if (issue.getSeverity() == ResultSeverityEnum.WARNING
            && !message.contains("dom-6")) {
          warnings.merge(message.replaceAll(" for '[^']*#[^']*'", ""), 1, Integer::sum);
        }
      }
    }
    warnings.forEach((message, count) -> System.out.printf("WARNING x%d %s%n", count, message));
    System.out.printf("%d answers: %d errors%n", files.size(), errors);
    System.exit(errors == 0 && !files.isEmpty() ? 0 : 1);
  }
}
