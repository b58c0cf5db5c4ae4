// Validates our guide with HAPI's instance validator, offline: the definitions themselves, its examples (which pass) and its
// counter-examples (each of which has an error, at the element that its index names).
// https://hl7.org/fhir/R4/profiling.html

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;

public final class VerifyGuide {
  private static final FhirContext R4 = FhirContext.forR4();
  private static int failures = 0;

  public static void main(String[] args) throws IOException {
    Path guide = Path.of(args.length > 0 ? args[0] : "profiles/ieum");
    List<Path> definitions = json(guide);
    FhirValidator validator = validator(definitions);
    for (Path file : definitions) pass(validator, file);
    List<Path> examples = json(guide.resolve("examples"));
    for (Path file : examples) pass(validator, file);
    JsonNode index =
        new ObjectMapper()
            .readTree(Files.readString(guide.resolve("counter-examples/index.json")));
    for (JsonNode one : index) {
      Path file = guide.resolve("counter-examples").resolve(one.path("file").asText());
      List<SingleValidationMessage> errors = errors(validator, file);
      if (errors.stream().noneMatch(e -> isAt(e, one.path("expression").asText()))) {
        String found = errors.stream().map(e -> at(e) + " " + e.getMessage()).toList().toString();
        fail(file, "no error at " + one.path("expression").asText() + ", but " + found);
      }
    }
    System.out.printf(
        "%d definitions, %d examples, %d counter-examples: %d failures%n",
        definitions.size(), examples.size(), index.size(), failures);
    System.exit(failures == 0 && !examples.isEmpty() ? 0 : 1);
  }

  private static List<Path> json(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(p -> p.getFileName().toString().matches("[A-Z].*\\.json")).sorted().toList();
    }
  }

  private static FhirValidator validator(List<Path> definitions) throws IOException {
    PrePopulatedValidationSupport own = new PrePopulatedValidationSupport(R4);
    for (Path file : definitions) {
      IBaseResource resource = R4.newJsonParser().parseResource(Files.readString(file));
      String type = resource.fhirType();
      if (type.equals("StructureDefinition")) own.addStructureDefinition(resource);
      else if (type.equals("ValueSet")) own.addValueSet(resource);
      else if (type.equals("CodeSystem")) own.addCodeSystem(resource);
    }
    UnknownCodeSystemWarningValidationSupport unknown =
        new UnknownCodeSystemWarningValidationSupport(R4);
    unknown.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
    ValidationSupportChain chain =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(R4),
            own,
            new CommonCodeSystemsTerminologyService(R4),
            new SnapshotGeneratingValidationSupport(R4),
            new InMemoryTerminologyServerValidationSupport(R4),
            unknown);
    FhirInstanceValidator module = new FhirInstanceValidator(chain);
    module.setNoExtensibleWarnings(true);
    return R4.newValidator().registerValidatorModule(module);
  }

  private static List<SingleValidationMessage> errors(FhirValidator validator, Path file)
      throws IOException {
    return validator.validateWithResult(Files.readString(file)).getMessages().stream()
        .filter(m -> m.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0)
        .toList();
  }

  private static void pass(FhirValidator validator, Path file) throws IOException {
    for (SingleValidationMessage error : errors(validator, file))
      fail(file, at(error) + ": " + error.getMessage());
  }

  /** Of what is missing, HAPI names the parent as the place, and the element in its words. */
  private static boolean isAt(SingleValidationMessage error, String expression) {
    int dot = expression.lastIndexOf('.');
    return at(error).equals(expression)
        || dot > 0
            && at(error).equals(expression.substring(0, dot))
            && error.getMessage().contains(expression.substring(dot));
  }

  /** The place without the names of slices, which HAPI adds. */
  private static String at(SingleValidationMessage message) {
    String place = message.getLocationString();
    return place == null ? "" : place.replaceAll("/\\*[^*]*\\*/", "");
  }

  private static void fail(Path file, String why) {
    failures++;
    System.out.println("FAILED " + file.getFileName() + ": " + why);
  }
}
