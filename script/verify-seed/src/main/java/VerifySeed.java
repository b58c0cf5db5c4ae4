// Validates every resource of the seed Bundles as FHIR R4 with HAPI's instance validator.
// Offline: no terminology server; a code system that HAPI does not carry (LOINC, ATC, ...) is a
// warning. Prints counts, every error, and the warnings grouped; exit status 1 on any error.
// https://hl7.org/fhir/R4/validation.html

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.ConceptValidationOptions;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.context.support.ValidationSupportContext;
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
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

public final class VerifySeed {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));

  private static final FhirContext R4 = FhirContext.forR4();

  private final FhirValidator validator;
  private final Map<String, Integer> resources = new TreeMap<>();
  private final Map<String, List<String>> warnings = new TreeMap<>();
  private int errors = 0;
  private int bare = 0;

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : "seed");
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(path -> path.toString().endsWith(".json")).sorted().toList();
    }
    VerifySeed run = new VerifySeed(files);
    for (Path file : files) run.bundle(file);
    System.exit(run.report(files.size()) ? 0 : 1);
  }

  private VerifySeed(List<Path> files) throws IOException {
    validator = validator(codeSystems(files));
  }

  /** The seed's own code systems, so that their codes are checked too. */
  static IValidationSupport codeSystems(List<Path> files) throws IOException {
    PrePopulatedValidationSupport own = new PrePopulatedValidationSupport(R4);
    for (Path file : files) {
      for (JsonNode entry : JSON.readTree(Files.readString(file)).path("entry")) {
        JsonNode resource = entry.path("resource");
        if (resource.path("resourceType").asText().equals("CodeSystem")) {
          own.addCodeSystem(R4.newJsonParser().parseResource(resource.toString()));
        }
      }
    }
    return own;
  }

  static FhirValidator validator(IValidationSupport own) {
    UnknownCodeSystemWarningValidationSupport unknown =
        new UnknownCodeSystemWarningValidationSupport(R4);
    unknown.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
    ValidationSupportChain chain =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(R4),
            own,
            new Languages(R4),
            new InMemoryTerminologyServerValidationSupport(R4),
            unknown);
    return R4.newValidator().registerValidatorModule(new FhirInstanceValidator(chain));
  }

  /**
   * R4 binds languages as "preferred" to a short list and at most to all of BCP 47; HAPI takes the
   * short list for the limit, so that Kazakh (kk) would be an error.
   */
  private static final class Languages extends CommonCodeSystemsTerminologyService {
    Languages(FhirContext context) {
      super(context);
    }

    @Override
    public CodeValidationResult validateCode(
        ValidationSupportContext context,
        ConceptValidationOptions options,
        String system,
        String code,
        String display,
        String valueSet) {
      String limit = LANGUAGES_VALUESET_URL.equals(valueSet) ? ALL_LANGUAGES_VALUESET_URL : valueSet;
      return super.validateCode(context, options, system, code, display, limit);
    }
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
      } else if (issue.getMessage().contains("dom-6")) {
        bare++; // Best practice only: the seed has no narrative, on purpose.
      } else if (issue.getSeverity() == ResultSeverityEnum.WARNING) {
        String kind = issue.getMessage().replaceAll("\\s+", " ").replaceAll(" for '[^']*#[^']*'", "");
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
        "%n%d resources in %d files: %d errors, %d warnings of %d kinds; %d without narrative%n",
        total, files, errors, warned, warnings.size(), bare);
    return errors == 0 && total > 0;
  }
}
