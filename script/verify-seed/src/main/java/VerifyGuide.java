// Validates our guide with HAPI's instance validator, offline: the definitions themselves, its examples (which pass) and its
// counter-examples (each of which has an error, at the element that its index names).
// https://hl7.org/fhir/R4/profiling.html
// The guide is a folder, or a package made of it, which has to bring its own snapshots and examples.

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.StructureDefinition;
import org.hl7.fhir.utilities.npm.NpmPackage;

public final class VerifyGuide {
  private static final FhirContext R4 = FhirContext.forR4();
  private static int failures = 0;

  public static void main(String[] args) throws IOException {
    Path guide = Path.of("profiles/ieum");
    Path given = Path.of(args.length > 0 ? args[0] : "profiles/ieum");
    boolean packed = given.toString().endsWith(".tgz");
    NpmPackage archive = packed ? NpmPackage.fromPackage(Files.newInputStream(given)) : null;
    Map<String, String> definitions = packed ? json(archive, "package") : json(given);
    Map<String, String> examples =
        packed ? json(archive, "example") : json(given.resolve("examples"));
    FhirValidator validator = validator(definitions, packed);
    definitions.forEach((file, text) -> pass(validator, file, text));
    examples.forEach((file, text) -> pass(validator, file, text));
    JsonNode index =
        new ObjectMapper()
            .readTree(Files.readString(guide.resolve("counter-examples/index.json")));
    for (JsonNode one : index) {
      String file = one.path("file").asText();
      String text = Files.readString(guide.resolve("counter-examples").resolve(file));
      List<SingleValidationMessage> errors = errors(validator, text);
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

  static Map<String, String> json(Path folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList())
        if (isResource(file.getFileName().toString()))
          texts.put(file.getFileName().toString(), Files.readString(file));
    }
    return texts;
  }

  private static Map<String, String> json(NpmPackage archive, String folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    for (String file : archive.list(folder))
      if (isResource(file))
        texts.put(file, new String(archive.load(folder, file).readAllBytes(), UTF_8));
    return texts;
  }

  private static boolean isResource(String file) {
    return file.matches("[A-Z].*\\.json");
  }

  static FhirValidator validator(Map<String, String> definitions, boolean packed) {
    PrePopulatedValidationSupport own = new PrePopulatedValidationSupport(R4);
    for (Map.Entry<String, String> one : definitions.entrySet()) {
      IBaseResource resource = R4.newJsonParser().parseResource(one.getValue());
      String type = resource.fhirType();
      if (resource instanceof StructureDefinition structure) {
        if (packed && !structure.hasSnapshot()) fail(one.getKey(), "it has no snapshot");
        own.addStructureDefinition(structure);
      }
      if (type.equals("ValueSet")) own.addValueSet(resource);
      else if (type.equals("CodeSystem")) own.addCodeSystem(resource);
    }
    UnknownCodeSystemWarningValidationSupport unknown =
        new UnknownCodeSystemWarningValidationSupport(R4);
    unknown.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
    ValidationSupportChain chain =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(R4),
            own,
            new CommonCodeSystemsTerminologyService(R4));
    if (!packed) chain.addValidationSupport(new SnapshotGeneratingValidationSupport(R4));
    chain.addValidationSupport(new InMemoryTerminologyServerValidationSupport(R4));
    chain.addValidationSupport(unknown);
    FhirInstanceValidator module = new FhirInstanceValidator(chain);
    module.setNoExtensibleWarnings(true);
    return R4.newValidator().registerValidatorModule(module);
  }

  static List<SingleValidationMessage> errors(FhirValidator validator, String text) {
    return validator.validateWithResult(text).getMessages().stream()
        .filter(m -> m.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0)
        .toList();
  }

  private static void pass(FhirValidator validator, String file, String text) {
    for (SingleValidationMessage error : errors(validator, text))
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
  static String at(SingleValidationMessage message) {
    String place = message.getLocationString();
    return place == null ? "" : place.replaceAll("/\\*[^*]*\\*/", "");
  }

  private static void fail(String file, String why) {
    failures++;
    System.out.println("FAILED " + file + ": " + why);
  }
}
