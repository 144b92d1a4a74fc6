// `volley bench compare`: ours and a rival in turn, so that both meet the same machine in the same
// minute, and the ratio of each pair. Owns how a figure is found in the JSON of either; must not
// know what is measured.
#include "app/bench_compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "app/bench_timing.hpp"
#include "app/interrupt.hpp"
#include "app/options.hpp"
#include "app/peer_command.hpp"
#include "app/text.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

struct ComparisonCommand {
  std::string peer;
  std::string figure = "samples_per_second", peer_figure = "samples_per_s";
  std::vector<std::string> arguments;  ///< of our side
  int repetitions = 5;
  double timeout = 600;
  bool lower_is_better = false;
  bool json = false, quiet = false;
};

/// The last line that is a JSON object.
std::optional<Json> last_object(std::string_view output) {
  while (!output.empty()) {
    const std::size_t line = output.rfind('\n');
    const std::size_t start = line == std::string_view::npos ? 0 : line + 1;
    Json json = Json::parse(output.substr(start), nullptr, false);
    if (json.is_object()) return json;
    output = output.substr(0, start == 0 ? 0 : start - 1);
  }
  return std::nullopt;
}

/// What a dotted path leads to, names into objects and numbers into lists; null where nowhere.
const Json* find(const Json& json, std::string_view path) {
  const Json* at = &json;
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const std::string step(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (at->is_object()) {
      const auto found = at->find(step);
      at = found == at->end() ? nullptr : &*found;
    } else if (at->is_array() && !step.empty() && step.size() < 7 &&
               step.find_first_not_of("0123456789") == std::string::npos &&
               std::stoul(step) < at->size()) {
      at = &(*at)[std::stoul(step)];
    } else {
      at = nullptr;
    }
  }
  return at;
}

std::string names_of(const Json& json) {
  std::string names;
  for (const auto& [name, value] : json.items()) names += (names.empty() ? "" : ", ") + name;
  return names;
}

/// The figure in one side's output: a number above zero, or the "median" of an object.
double figure_of(const std::string& output, const std::string& path, const std::string& side,
                 const std::string& option) {
  const std::optional<Json> json = last_object(output);
  if (!json)
    throw Error("no line of its standard output is a JSON object", side,
                "let the command print one, such as {\"" + path + "\": 12.5}, as its last line");
  const Json* root = &*json;
  // Our own commands wrap what they measured: {"command": ..., "results": [...]}.
  const Json* results = find(*root, "results");
  const Json* found = find(*root, path);
  if (found == nullptr && results != nullptr && results->is_array()) {
    if (results->size() > 1)
      throw Error("measured " + plural(results->size(), "thing") + ", not one", side,
                  "choose one, for example with --network mlp, or name it: " + option +
                      " results.0." + path);
    if (results->size() == 1) {
      root = &(*results)[0];
      found = find(*root, path);
    }
  }
  if (found != nullptr && found->is_object()) found = find(*found, "median");
  if (found == nullptr || !found->is_number())
    throw Error("prints no figure " + path, side,
                "name it by " + option + "; its last JSON line has " + names_of(*root));
  const auto value = found->get<double>();
  if (!(value > 0) || !std::isfinite(value))
    throw Error(fmt::format("{} is {}, which has no ratio", path, found->dump()), side,
                "name a figure above zero by " + option);
  return value;
}

double run_ours(const ComparisonCommand& options) {
  std::vector<std::string> arguments = options.arguments;
  if (std::find(arguments.begin(), arguments.end(), "--json") == arguments.end())
    arguments.insert(arguments.end(), {"--json", "--quiet"});
  std::string side = "volley", output;
  for (const std::string& word : options.arguments) side += " " + shell_word(word);
  try {
    output = run_self(arguments);
  } catch (const std::runtime_error&) {
    if (interrupted()) return 0;
    throw Error("failed", side, "make this command work by itself first");
  }
  return figure_of(output, options.figure, side, "--figure");
}

double run_theirs(const ComparisonCommand& options) {
  const PeerOutput peer = run_peer(options.peer, options.timeout);
  if (interrupted()) return 0;
  const std::string side = "the peer (" + options.peer + ")";
  if (peer.timed_out)
    throw Error("did not end within " + seconds_text(options.timeout), side,
                "give it more time by --timeout SECONDS, or less work");
  if (peer.exit_code != 0)
    throw Error("failed with exit code " + std::to_string(peer.exit_code), side,
                "make the command work in a shell by itself first");
  return figure_of(peer.out, options.peer_figure, side, "--peer-figure");
}

Json spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
  return {{"median", median}, {"min", values.front()}, {"max", values.back()}};
}

std::string spread_text(const Json& json) {
  return fmt::format("{} ({} to {})", rate_text(json["median"].get<double>()),
                     rate_text(json["min"].get<double>()), rate_text(json["max"].get<double>()));
}

int bench_compare(const ComparisonCommand& options) {
  Console console(options.json, options.quiet);
  catch_interrupts();
  console.say(fmt::format("ours and the peer in turn, {}; above 1 ours is better",
                          plural(static_cast<std::uint64_t>(options.repetitions), "pair")));
  std::vector<double> ours, theirs, ratios;
  Json pairs = Json::array();
  for (int pair = 0; pair < options.repetitions; ++pair) {
    ours.push_back(run_ours(options));
    if (!interrupted()) theirs.push_back(run_theirs(options));
    if (interrupted()) return interrupt_exit_code();
    ratios.push_back(options.lower_is_better ? theirs.back() / ours.back()
                                             : ours.back() / theirs.back());
    pairs.push_back(
        {{"ours", ours.back()}, {"peer", theirs.back()}, {"ratio", ratios.back()}});
    console.result(fmt::format("pair {} of {}  ours {}  peer {}  ratio {:.3g}", pair + 1,
                               options.repetitions, rate_text(ours.back()),
                               rate_text(theirs.back()), ratios.back()));
  }
  const Json result = {{"bench", "compare"},
                       {"ours_command", options.arguments},
                       {"peer_command", options.peer},
                       {"figure", options.figure},
                       {"peer_figure", options.peer_figure},
                       {"lower_is_better", options.lower_is_better},
                       {"pairs", pairs},
                       {"ours", spread(ours)},
                       {"peer", spread(theirs)},
                       {"ratio", spread(ratios)},
                       {"repetitions", options.repetitions}};
  console.result(fmt::format("ours {}, peer {}", spread_text(result["ours"]),
                             spread_text(result["peer"])));
  console.result("ratio " + console.ink(spread_text(result["ratio"]), Ink::strong));
  console.emit({{"command", "bench compare"}, {"results", Json::array({result})}});
  return 0;
}

}  // namespace

void add_bench_compare(CLI::App& bench, Action& action) {
  const auto options = std::make_shared<ComparisonCommand>();
  CLI::App* own = bench.add_subcommand(
      "compare", "Run volley and another program in turn and print the ratio of each pair.");
  own->add_option("--peer", options->peer,
                  "the other program, a command for the shell; its last JSON line holds the figure")
      ->type_name("COMMAND")
      ->required();
  own->add_option("--figure", options->figure,
                  "our figure: names joined by dots; of {median, min, max} the median")
      ->type_name("PATH")
      ->capture_default_str();
  own->add_option("--peer-figure", options->peer_figure, "the same for the other program's")
      ->type_name("PATH")
      ->capture_default_str();
  own->add_flag("--lower-is-better", options->lower_is_better,
                "figures are times or bytes: the ratio is theirs / ours, else ours / theirs");
  own->add_option("--repetitions", options->repetitions, "pairs of runs")
      ->type_name("N")
      ->check(between(1, 1000))
      ->capture_default_str();
  own->add_option("--timeout", options->timeout, "longest run of the other program in seconds")
      ->type_name("S")
      ->check(between(0.1, 1e6))
      ->capture_default_str();
  own->add_option("COMMAND", options->arguments,
                  "after --: our side, a volley command that knows --json")
      ->required();
  own->add_flag("--json", options->json,
                "one JSON object on standard output; words go to standard error");
  own->add_flag("-q,--quiet", options->quiet, "no progress, only results and warnings");
  own->footer(
      "Examples:\n"
      "  volley bench compare --peer 'python3 rival.py --net mlp' -- bench train --network mlp\n"
      "  volley bench compare --peer './rival' --peer-figure seconds --figure seconds \\\n"
      "    --lower-is-better -- train synthetic-digits --epochs 1 --out run");
  own->callback([options, &action] { action = [options] { return bench_compare(*options); }; });
}

}  // namespace volley
