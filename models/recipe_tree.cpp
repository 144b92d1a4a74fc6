// The walk along an override's path.
#include "models/recipe_tree.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "base/error.hpp"
#include "models/recipe_network.hpp"

namespace volley {

toml::table parse_toml(std::string_view text, const std::string& origin, const std::string& how) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    throw Error("not TOML: " + std::string(error.description()),
                origin + ":" + std::to_string(at.line) + ":" + std::to_string(at.column), how);
  }
}

std::string toml_text(const toml::node& value) {
  std::ostringstream text;
  if (const toml::table* table = value.as_table()) {
    // Inside an array a table is written inline.
    toml::array one;
    one.push_back(*table);
    text << toml::toml_formatter{one};
    const std::string list = text.str();
    return list.substr(1, list.rfind(']') - 1);
  }
  if (const auto number = value.value_exact<double>()) return format_number(*number);
  value.visit([&](const auto& concrete) { text << toml::toml_formatter{concrete}; });
  return text.str();
}

namespace {

class Change {
public:
  Change(toml::table& root, const RecipeOverride& change, NodePlaces& places)
      : root_(root), change_(change), places_(places), path_(split(change.path)) {}

  void apply() { set(root_, 0); }

private:
  [[noreturn]] void fail(const std::string& what, const std::string& how) const {
    throw Error(change_.path + ": " + what, change_.place, how);
  }

  std::vector<std::string> split(const std::string& path) const {
    std::vector<std::string> names(1);
    bool quoted = false;
    for (const char letter : path) {
      if (letter == '"') quoted = !quoted;
      else if (letter == '.' && !quoted) names.emplace_back();
      else names.back() += letter;
    }
    if (quoted || std::find(names.begin(), names.end(), "") != names.end())
      fail("is not a path", "join names by points, for example training.learning_rate");
    return names;
  }

  /// Names up to and with `at`, for messages.
  std::string until(std::size_t at) const {
    std::string text;
    for (std::size_t i = 0; i <= at; ++i) text += (i == 0 ? "" : ".") + path_[i];
    return text;
  }

  void note(const toml::node& node) {
    places_[&node] = change_.place;
    if (const toml::table* table = node.as_table())
      for (const auto& [key, child] : *table) note(child);
    if (const toml::array* array = node.as_array())
      for (const toml::node& child : *array) note(child);
  }

  void set(toml::table& table, std::size_t at) {
    const std::string& name = path_[at];
    if (at + 1 == path_.size()) return set_value(table, name);
    toml::node* child = table.get(name);
    if (child == nullptr) {
      child = &table.insert_or_assign(name, toml::table{}).first->second;
      places_[child] = change_.place;
    }
    if (toml::table* inner = child->as_table()) return set(*inner, at + 1);
    toml::array* list = child->as_array();
    if (list == nullptr || !list->is_array_of_tables())
      fail("'" + until(at) + "' is a value and has no keys", "end the path there");
    if (at + 2 == path_.size())
      fail("'" + until(at + 1) + "' is a whole table", "name one of its keys");
    for (toml::table* entry : entries(*list, at + 1)) {
      check_joined(*entry, at);
      set(*entry, at + 2);
    }
  }

  void set_value(toml::table& table, const std::string& name) {
    toml::table parsed;
    try {
      parsed = toml::parse("value = " + change_.value);
    } catch (const toml::parse_error& error) {
      fail("'" + change_.value + "' is not a TOML value: " + std::string(error.description()),
           "write a number, true, false, a \"text\", a [list] or a { table }");
    }
    if (parsed.size() != 1) fail("is given more than one value", "write one value");
    parsed.get("value")->visit([&](auto& value) {
      note(table.insert_or_assign(name, std::move(value)).first->second);
    });
  }

  static std::string text_of(const toml::table& entry, const char* key) {
    return entry[key].value_or(std::string());
  }
  static bool fires(const toml::table& entry) {
    const std::string kind = text_of(entry, "neuron");
    return kind != "relay" && kind != "leaky_integrator";
  }

  /// The entries of a list of tables that a name stands for; at least one.
  std::vector<toml::table*> entries(toml::array& list, std::size_t at) const {
    const std::string& name = path_[at];
    std::vector<toml::table*> found;
    std::string known;
    for (toml::node& node : list) {
      toml::table& entry = *node.as_table();
      std::string own = text_of(entry, "name");
      if (own.empty()) own = text_of(entry, "from") + "->" + text_of(entry, "to");
      known += (known.empty() ? "" : ", ") + own;
      if (name == own || (name == "*" && fires(entry))) found.push_back(&entry);
    }
    const bool number = std::all_of(name.begin(), name.end(), [](unsigned char letter) {
      return std::isdigit(letter) != 0;
    });
    if (found.empty() && number && name.size() < 7) {
      const auto index = static_cast<std::size_t>(std::stoul(name));
      if (index >= 1 && index <= list.size()) found.push_back(list[index - 1].as_table());
    }
    if (found.empty()) fail("there is no '" + until(at) + "'", "there are: " + known);
    return found;
  }

  /// A population that [[network.projection]] joins has no projection of its own; making one would
  /// add a connection without a word.
  void check_joined(const toml::table& entry, std::size_t at) const {
    if (until(at) != "network.population" || path_[at + 2] != "projection" ||
        entry.contains("projection"))
      return;
    const toml::array* later = root_["network"]["projection"].as_array();
    if (later == nullptr) return;
    const std::string name = text_of(entry, "name");
    for (const toml::node& node : *later)
      if (node.is_table() && text_of(*node.as_table(), "to") == name)
        fail("'" + name + "' is joined by [[network.projection]]",
             "write network.projection." + text_of(*node.as_table(), "from") + "->" + name);
  }

  toml::table& root_;
  const RecipeOverride& change_;
  NodePlaces& places_;
  std::vector<std::string> path_;
};

}  // namespace

void apply_overrides(toml::table& root, const std::vector<RecipeOverride>& changes,
                     NodePlaces& places) {
  for (const RecipeOverride& change : changes) Change(root, change, places).apply();
}

}  // namespace volley
