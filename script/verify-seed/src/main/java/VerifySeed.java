// Validates every resource of the seed Bundles as FHIR R4 with HAPI's instance validator.
// Offline: no terminology server; a code system that HAPI does not carry (LOINC, ATC, ...) is a
// warning. Prints counts, every error, and the warnings grouped; exit status 1 on any error.
// https://hl7.org/fhir/R4/validation.html

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

public final class VerifySeed {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));

  private final FhirValidator validator = validator();
  private final Map<String, Integer> resources = new TreeMap<>();
  private final Map<String, List<String>> warnings = new TreeMap<>();
  private int errors = 0;

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : "seed");
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(path -> path.toString().endsWith(".json")).sorted().toList();
    }
    VerifySeed run = new VerifySeed();
    for (Path file : files) run.bundle(file);
    System.exit(run.report(files.size()) ? 0 : 1);
  }

  private static FhirValidator validator() {
    FhirContext context = FhirContext.forR4();
    UnknownCodeSystemWarningValidationSupport unknown =
        new UnknownCodeSystemWarningValidationSupport(context);
    unknown.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
    ValidationSupportChain chain =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context),
            unknown);
    return context.newValidator().registerValidatorModule(new FhirInstanceValidator(chain));
  }

  private void bundle(Path file) throws IOException {
    JsonNode bundle = JSON.readTree(Files.readString(file));
    int before = errors;
    int count = 0;
    for (JsonNode entry : bundle.path("entry")) {
      JsonNode resource = entry.path("resource");
      String name = resource.path("resourceType").asText() + "/" + resource.path("id").asText();
      if (!name.equals(entry.path("request").path("url").asText())) {
        error(file + " " + name, "request.url does not name the resource");
      }
      resources.merge(resource.path("resourceType").asText(), 1, Integer::sum);
      check(name, JSON.writeValueAsString(resource));
      ((ObjectNode) entry).remove("resource");
      count++;
    }
    // What is left is the Bundle itself: its own rules, without validating each resource twice.
    check(file.getFileName().toString(), JSON.writeValueAsString(bundle));
    System.out.printf("%-32s %5d resources, %d errors%n", file.getFileName(), count, errors - before);
  }

  private void check(String name, String text) {
    for (SingleValidationMessage issue : validator.validateWithResult(text).getMessages()) {
      String where = name + " " + issue.getLocationString();
      if (issue.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0) {
        error(where, issue.getMessage());
      } else if (issue.getSeverity() == ResultSeverityEnum.WARNING) {
        String kind = issue.getMessage().replaceAll("\\s+", " ");
        warnings.computeIfAbsent(kind, key -> new ArrayList<>()).add(where);
      }
    }
  }

  private void error(String where, String message) {
    errors++;
    System.out.println("ERROR " + where + ": " + message);
  }

  private boolean report(int files) {
    System.out.println();
    warnings.entrySet().stream()
        .sorted(Comparator.comparing(entry -> -entry.getValue().size()))
        .forEach(
            entry ->
                System.out.printf(
                    "WARNING x%d %s%n        first at %s%n",
                    entry.getValue().size(), entry.getKey(), entry.getValue().get(0)));
    System.out.println();
    resources.forEach((type, count) -> System.out.printf("%6d %s%n", count, type));
    int total = resources.values().stream().mapToInt(Integer::intValue).sum();
    int warned = warnings.values().stream().mapToInt(List::size).sum();
    System.out.printf(
        "%n%d resources in %d files: %d errors, %d warnings of %d kinds%n",
        total, files, errors, warned, warnings.size());
    return errors == 0 && total > 0;
  }
}
