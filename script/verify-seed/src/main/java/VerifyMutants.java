// Has HAPI's instance validator judge resources of a file, one JSON object {"id", "text"} a line, with our guide at hand;
// writes one line {"id", "errors": [{"at", "message"}]} for each, in the same order.
// https://hl7.org/fhir/R4/validation.html

import ca.uhn.fhir.validation.FhirValidator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

public final class VerifyMutants {
  public static void main(String[] args) throws IOException {
    ObjectMapper json = new ObjectMapper();
    FhirValidator validator =
        VerifyGuide.validator(VerifyGuide.json(Path.of("profiles/ieum")), false);
    try (BufferedWriter out = Files.newBufferedWriter(Path.of(args[1]))) {
      for (String line : Files.readAllLines(Path.of(args[0]))) {
        JsonNode one = json.readTree(line);
        ObjectNode said = json.createObjectNode().put("id", one.path("id").asText());
        ArrayNode errors = said.putArray("errors");
        try {
          VerifyGuide.errors(validator, one.path("text").asText())
              .forEach(
                  e ->
                      errors
                          .addObject()
                          .put("at", VerifyGuide.at(e))
                          .put("message", e.getMessage()));
        } catch (RuntimeException thrown) {
          // What its parser can't take in is refused, too.
          errors.addObject().put("at", "").put("message", String.valueOf(thrown.getMessage()));
        }
        out.write(json.writeValueAsString(said));
        out.newLine();
      }
    }
    System.exit(0);
  }
}
