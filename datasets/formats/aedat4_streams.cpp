#include "datasets/formats/aedat4_streams.hpp"

#include <expat.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace volley {

namespace {

std::optional<int> number_in(const std::string& text) {
  int value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

/// Follows <node name="0"><attr key="typeIdentifier">EVTS</attr><node
/// name="info">...</node></node>.
struct Walk {
  std::map<int, Aedat4Stream> streams;
  std::vector<std::optional<int>> nodes;  // numbers of the open ones, where their names are such
  std::string key, text;
  bool in_attribute = false;

  Aedat4Stream* stream() {
    for (const std::optional<int>& node : nodes)
      if (node) return &streams[*node];
    return nullptr;
  }

  void start(const char* name, const char** attributes) {
    const auto attribute = [&](const char* wanted) -> std::string {
      for (const char** at = attributes; *at != nullptr; at += 2)
        if (std::strcmp(at[0], wanted) == 0) return at[1];
      return {};
    };
    if (std::strcmp(name, "node") == 0) {
      nodes.push_back(number_in(attribute("name")));
    } else if (std::strcmp(name, "attr") == 0) {
      key = attribute("key");
      text.clear();
      in_attribute = true;
    }
  }

  void end(const char* name) {
    if (std::strcmp(name, "node") == 0) {
      if (!nodes.empty()) nodes.pop_back();
    } else if (std::strcmp(name, "attr") == 0) {
      in_attribute = false;
      Aedat4Stream* const one = stream();
      if (one == nullptr) return;
      if (key == "typeIdentifier") one->type = text;
      if (key == "sizeX") one->sensor.width = number_in(text).value_or(0);
      if (key == "sizeY") one->sensor.height = number_in(text).value_or(0);
    }
  }
};

}  // namespace

std::map<int, Aedat4Stream> read_aedat4_streams(const std::string& xml) {
  Walk walk;
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr),
                                                                       XML_ParserFree);
  if (parser == nullptr) throw std::bad_alloc();
  XML_SetUserData(parser.get(), &walk);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const char* name, const char** attributes) {
        static_cast<Walk*>(data)->start(name, attributes);
      },
      [](void* data, const char* name) { static_cast<Walk*>(data)->end(name); });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const char* text, int size) {
    Walk& one = *static_cast<Walk*>(data);
    if (one.in_attribute && one.text.size() < 4096)
      one.text.append(text, static_cast<std::size_t>(size));
  });
  XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), 1);
  return walk.streams;
}

std::string aedat4_streams_xml(const SensorSize& sensor, const std::string& compression) {
  const auto attribute = [](const std::string& key, const std::string& type,
                            const std::string& value) {
    return "<attr key=\"" + key + "\" type=\"" + type + "\">" + value + "</attr>\n";
  };
  return "<dv version=\"2.0\">\n<node name=\"outInfo\" path=\"/mainloop/Recorder/outInfo/\">\n"
         "<node name=\"0\" path=\"/mainloop/Recorder/outInfo/0/\">\n" +
         attribute("compression", "string", compression) +
         attribute("originalModuleName", "string", "volley") +
         attribute("originalOutputName", "string", "events") +
         attribute("typeDescription", "string", "Array of events (polarity ON/OFF).") +
         attribute("typeIdentifier", "string", "EVTS") +
         "<node name=\"info\" path=\"/mainloop/Recorder/outInfo/0/info/\">\n" +
         attribute("sizeX", "int", std::to_string(sensor.width)) +
         attribute("sizeY", "int", std::to_string(sensor.height)) +
         attribute("source", "string", "volley") + attribute("tsOffset", "long", "0") +
         "</node>\n</node>\n</node>\n</dv>\n";
}

}  // namespace volley
