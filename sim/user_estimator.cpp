#include "sim/user_estimator.hpp"

#include <map>
#include <mutex>

#include "base/error.hpp"
#include "models/network.hpp"

namespace volley {

namespace {
struct Registry {
  std::mutex mutex;
  std::map<std::string, UserEstimator> by_name;  // nodes stay where they are
};

Registry& registry() {
  static Registry one;
  return one;
}
}  // namespace

void register_estimator(const UserEstimator& estimator) {
  const std::string where = "estimator '" + estimator.name + "'";
  if (!usable_name(estimator.name))
    throw Error("the name cannot be used", where, "use letters, digits, '_', '-' and '.'");
  if (estimator.slope == nullptr) throw Error("has no slope", where, "give it a function");
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (!all.by_name.emplace(estimator.name, estimator).second)
    throw Error("is registered already", where, "choose another name");
}

const UserEstimator& user_estimator(const std::string& name) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto found = all.by_name.find(name);
  if (found != all.by_name.end()) return found->second;
  std::string known;
  for (const auto& [other, estimator] : all.by_name) known += (known.empty() ? "" : ", ") + other;
  throw Error("no estimator is registered under this name", name,
              "train with a program that calls register_estimator; registered here: " +
                  (known.empty() ? "none" : known));
}

std::vector<std::string> user_estimators() {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  std::vector<std::string> names;
  for (const auto& [name, estimator] : all.by_name) names.push_back(name);
  return names;
}

}  // namespace volley
