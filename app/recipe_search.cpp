// Shipped recipes lie beside the sources the program was built from, or where it was installed.
#include "app/recipe_search.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {
std::vector<fs::path> recipe_folders() {
  std::vector<fs::path> folders;
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (!failure)
    folders.push_back(program.parent_path().parent_path() / "share/volley/recipes");
  folders.emplace_back(VOLLEY_RECIPE_DIR);
  return folders;
}
}  // namespace

std::vector<std::string> shipped_recipes() {
  std::set<std::string> names;
  for (const fs::path& folder : recipe_folders()) {
    std::error_code failure;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
         at.increment(failure))
      if (at->path().extension() == ".toml") names.insert(at->path().stem().string());
  }
  return {names.begin(), names.end()};
}

fs::path find_recipe(const std::string& name) {
  std::error_code failure;
  const fs::path path(name);
  if (fs::is_regular_file(path, failure) || path.has_parent_path()) return path;
  for (const fs::path& folder : recipe_folders())
    for (const std::string& file : {name + ".toml", name})
      if (fs::is_regular_file(folder / file, failure) && fs::path(file).extension() == ".toml")
        return folder / file;
  std::string known;
  for (const std::string& shipped : shipped_recipes())
    known += (known.empty() ? "" : ", ") + shipped;
  throw Error("there is no such recipe", name,
              "give the path of a .toml file" +
                  (known.empty() ? std::string() : ", or a shipped recipe: " + known));
}

}  // namespace volley
