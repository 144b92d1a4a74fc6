// `volley datasets` and `volley make-dataset`: what the catalog knows, and data made in code
// written as files. Must not know file formats.
#include <fmt/format.h>

#include <chrono>

#include "app/command.hpp"
#include "app/console.hpp"
#include "app/data.hpp"
#include "app/dataset_files.hpp"
#include "app/options.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/nmnist.hpp"

namespace volley {

namespace {

std::string sensor_text(const SensorSize& sensor) {
  return fmt::format("{} x {} x {}", sensor.width, sensor.height, sensor.polarities);
}

Json files_json(const std::vector<RemoteFile>& files) {
  Json json = Json::array();
  for (const RemoteFile& file : files) {
    json.push_back({{"name", file.name}, {"urls", file.urls}, {"md5", file.md5}});
    json.back()["size"] = file.size ? Json(*file.size) : Json(nullptr);
  }
  return json;
}

std::string files_text(const DatasetInfo& info) {
  std::string text;
  for (const RemoteFile& file : info.files) {
    text += fmt::format("\n  fetched   {}{}{}", file.name,
                        file.size ? fmt::format(", {} bytes", count_text(*file.size)) : "",
                        file.md5.empty() ? "" : ", MD5 " + file.md5);
    for (const std::string& url : file.urls) text += "\n            " + url;
  }
  if (!info.steps.empty()) text += "\n  by hand   " + info.steps;
  if (!info.notes.empty()) text += "\n  notes     " + info.notes;
  return text;
}

Json info_json(const DatasetInfo& info) {
  return {{"name", info.name},
          {"description", info.description},
          {"width", info.sensor.width},
          {"height", info.sensor.height},
          {"polarities", info.sensor.polarities},
          {"classes", info.class_names},
          {"splits", info.splits},
          {"needs_files", info.needs_files},
          {"citation", info.citation},
          {"licence", info.licence},
          {"files", files_json(info.files)},
          {"steps", info.steps},
          {"notes", info.notes}};
}

int list_datasets(const CommonOptions& options) {
  Console console(options.json, options.quiet);
  Json json{{"command", "datasets list"}, {"datasets", Json::array()}};
  for (const DatasetInfo& info : dataset_catalog()) {
    json["datasets"].push_back(info_json(info));
    console.result(fmt::format("{:<18} {}{}", info.name, info.description,
                               info.needs_files ? "" : " (made in code, needs no files)"));
  }
  console.emit(json);
  return 0;
}

int describe_dataset(const std::string& name, const CommonOptions& options) {
  Console console(options.json, options.quiet);
  const DatasetInfo info = find_dataset(name);
  std::string text = fmt::format("{}\n  {}\n", console.ink(info.name, Ink::strong),
                                 info.description);
  text += fmt::format("  sensor    {} (width, height, polarities)\n", sensor_text(info.sensor));
  text += fmt::format("  classes   {}:", info.class_names.size());
  for (const std::string& one : info.class_names) text += " " + one;
  text += "\n  splits   ";
  for (const std::string& split : info.splits) text += " " + split;
  text += "\n  files     ";
  text += info.needs_files ? "--data DIR with " + info.layout : "none, made in code";
  if (!info.citation.empty()) text += "\n  source    " + info.citation;
  if (!info.licence.empty()) text += "\n  licence   " + info.licence;
  text += files_text(info);
  console.result(text);
  Json json{{"command", "datasets describe"}};
  json.update(info_json(info));
  console.emit(json);
  return 0;
}

struct MakeCommand {
  std::string name, out;
  std::size_t train = 0, test = 0;
  std::uint64_t seed = 1;
  CommonOptions common;
};

int make_dataset(const MakeCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  const auto start = std::chrono::steady_clock::now();
  const DatasetInfo info = find_dataset(options.name);
  if (info.needs_files)
    throw Error("is not made in code", options.name, "use synthetic-digits");
  Json splits = Json::object();
  for (const std::string& split : info.splits) {
    DatasetRequest request;
    request.name = options.name;
    request.split = split;
    request.seed = options.seed;
    request.synthetic_size = split == "Train" ? options.train : options.test;
    const auto dataset = open_dataset(request);
    console.say(fmt::format("writing {} to {}/{}", plural(dataset->size(), "recording"),
                            options.out, split));
    write_nmnist_layout(*dataset, options.out, split);
    splits[split] = dataset->size();
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  console.result(fmt::format("wrote {} in {}; use it with --data {} and dataset nmnist",
                             options.out, seconds_text(seconds), shell_word(options.out)));
  console.emit({{"command", "make-dataset"},
                {"name", options.name},
                {"directory", options.out},
                {"recordings", splits},
                {"seed", options.seed},
                {"seconds", seconds}});
  return 0;
}

void add_file_commands(CLI::App& datasets, Action& action) {
  const auto options = std::make_shared<DatasetFilesCommand>();
  CLI::App* verify = datasets.add_subcommand(
      "verify", "Compare files with the sizes and digests that the catalog knows.");
  CLI::App* fetch = datasets.add_subcommand(
      "fetch", "Download the files of a dataset, or tell how a person gets them.");
  CLI::App* cache = datasets.add_subcommand(
      "cache", "How much the binned samples take that are kept for the next run.");
  for (CLI::App* one : {verify, fetch}) {
    one->add_option("name", options->name, "catalog name")->required();
    one->add_option("--data", options->directory, "folder of the files")
        ->required()
        ->type_name("DIR");
  }
  verify->add_flag("--recordings", options->recordings, "read every recording of every split too");
  fetch
      ->add_option("--mirror", options->mirrors,
                   "address of a folder with the same files, tried before the catalog's own")
      ->type_name("URL");
  fetch->add_option("--file", options->only, "only this file")->type_name("NAME");
  add_cache(*cache, options->cache);
  cache->add_flag("--clear", options->clear, "remove them");
  for (CLI::App* one : {verify, fetch, cache}) add_common_options(*one, options->common);
  verify->callback([options, &action] { action = [options] { return verify_dataset(*options); }; });
  fetch->callback([options, &action] { action = [options] { return fetch_dataset(*options); }; });
  cache->callback([options, &action] { action = [options] { return dataset_cache(*options); }; });
}

}  // namespace

void add_datasets(CLI::App& app, Action& action) {
  const auto common = std::make_shared<CommonOptions>();
  const auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("datasets", "List the datasets of the catalog.");
  command->require_subcommand(0, 1);
  CLI::App* list = command->add_subcommand("list", "One line for each dataset (the default).");
  CLI::App* describe = command->add_subcommand("describe", "Facts, citation and licence of one.");
  describe->add_option("name", *name, "catalog name")->required();
  for (CLI::App* one : {command, list, describe}) add_common_options(*one, *common);
  add_file_commands(*command, action);
  command->footer(
      "Examples:\n"
      "  volley datasets\n"
      "  volley datasets describe nmnist\n"
      "  volley datasets fetch fashion-mnist --data fashion\n"
      "  volley datasets verify fashion-mnist --data fashion --recordings\n"
      "  volley datasets cache --clear");
  const auto act = [common, name, describe, &action] {
    if (action) return;  // that of verify, fetch or cache
    action = [common, name, describe] {
      return describe->parsed() ? describe_dataset(*name, *common) : list_datasets(*common);
    };
  };
  command->callback(act);
}

void add_make_dataset(CLI::App& app, Action& action) {
  const auto options = std::make_shared<MakeCommand>();
  CLI::App* command = app.add_subcommand(
      "make-dataset",
      "Write a dataset made in code as files, in the layout of N-MNIST.\n\n"
      "DIR/Train/0/00001.bin and so on, 5 bytes an event. Same seed, same bytes.");
  command->add_option("name", options->name, "catalog name of data made in code")->required();
  command->add_option("--out", options->out, "folder to write")->required()->type_name("DIR");
  const CLI::Validator sizes = between(std::size_t{0}, std::size_t{1'000'000});
  command->add_option("--train", options->train, "training recordings; 0 = the dataset's default")
      ->type_name("N")
      ->check(sizes)
      ->capture_default_str();
  command->add_option("--test", options->test, "test recordings; 0 = the dataset's default")
      ->type_name("N")
      ->check(sizes)
      ->capture_default_str();
  command->add_option("--seed", options->seed, "seed")->capture_default_str();
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley make-dataset synthetic-digits --out digits --train 1000 --test 200\n"
      "  volley train nmnist-mlp --data digits");
  command->callback(
      [options, &action] { action = [options] { return make_dataset(*options); }; });
}

}  // namespace volley
