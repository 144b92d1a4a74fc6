// Shipped recipes, studies and networks lie beside the sources the program was built from, or where it was installed.
#include "app/recipe_search.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

struct ShippedFiles {
  const char* what;
  const char* installed;  ///< folder beside an installed program
  const char* built;      ///< folder of the sources it was built from
};
constexpr ShippedFiles recipes{"recipe", "share/volley/recipes", VOLLEY_RECIPE_DIR};
constexpr ShippedFiles studies{"study", "share/volley/studies", VOLLEY_STUDY_DIR};
constexpr ShippedFiles networks{"network", "share/volley/networks", VOLLEY_NETWORK_DIR};

std::vector<fs::path> folders_of(const ShippedFiles& files) {
  std::vector<fs::path> folders;
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (!failure) folders.push_back(program.parent_path().parent_path() / files.installed);
  folders.emplace_back(files.built);
  return folders;
}

std::vector<std::string> names_of(const ShippedFiles& files) {
  std::set<std::string> names;
  for (const fs::path& folder : folders_of(files)) {
    std::error_code failure;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
         at.increment(failure))
      if (at->path().extension() == ".toml") names.insert(at->path().stem().string());
  }
  return {names.begin(), names.end()};
}

fs::path find(const ShippedFiles& files, const std::string& name) {
  std::error_code failure;
  const fs::path path(name);
  if (fs::is_regular_file(path, failure) || path.has_parent_path()) return path;
  for (const fs::path& folder : folders_of(files))
    for (const std::string& file : {name + ".toml", name})
      if (fs::is_regular_file(folder / file, failure) && fs::path(file).extension() == ".toml")
        return folder / file;
  std::string known;
  for (const std::string& shipped : names_of(files)) known += (known.empty() ? "" : ", ") + shipped;
  const std::string what = files.what;
  throw Error("there is no such " + what, name,
              "give the path of a .toml file" +
                  (known.empty() ? std::string() : ", or a shipped " + what + ": " + known));
}

}  // namespace

std::vector<std::string> shipped_recipes() { return names_of(recipes); }
fs::path find_recipe(const std::string& name) { return find(recipes, name); }
fs::path find_study(const std::string& name) { return find(studies, name); }
fs::path find_network(const std::string& name) { return find(networks, name); }

}  // namespace volley
