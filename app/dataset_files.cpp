// Verifying and fetching files of the catalog, and the cache of samples.
#include "app/dataset_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/console.hpp"
#include "app/data.hpp"
#include "app/interrupt.hpp"
#include "app/progress.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/fetch.hpp"
#include "datasets/sample_cache.hpp"

namespace volley {

namespace {

const char* check_name(FileCheck check) {
  switch (check) {
    case FileCheck::absent: return "absent";
    case FileCheck::wrong_size: return "wrong size";
    case FileCheck::wrong_digest: return "wrong digest";
    case FileCheck::right: return "right";
    case FileCheck::unknown: break;
  }
  return "unknown";
}

/// Reads every recording of every split. @return false where one is damaged
bool read_recordings(const DatasetInfo& info, const DatasetFilesCommand& options, Console& console,
                     Json& json) {
  bool good = true;
  json["splits"] = Json::object();
  for (const std::string& split : info.splits) {
    DatasetRequest request;
    request.name = info.name;
    request.directory = options.directory;
    request.split = split;
    const auto dataset = open_dataset(request);
    Progress progress(console, "reading " + split, "recordings", dataset->size());
    std::uint64_t events = 0;
    std::size_t damaged = 0;
    for (std::size_t i = 0; i < dataset->size() && !interrupted(); ++i) {
      try {
        events += dataset->load(i).events.size();
      } catch (const Error& error) {
        ++damaged;
        console.warn(error.what());
      }
      progress.update(i + 1);
    }
    console.clear_progress();
    console.result(fmt::format("  {:<8} {}, {} events, {} damaged", split,
                               plural(dataset->size(), "recording"), count_text(events), damaged));
    json["splits"][split] = {
        {"recordings", dataset->size()}, {"events", events}, {"damaged", damaged}};
    good = good && damaged == 0;
  }
  return good;
}

}  // namespace

int verify_dataset(const DatasetFilesCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  const DatasetInfo info = find_dataset(options.name);
  bool good = true;
  std::size_t there = 0;
  Json json{{"command", "datasets verify"}, {"name", info.name}, {"files", Json::array()}};
  for (const RemoteFile& file : info.files) {
    const FileCheck check = check_file(file, options.directory);
    good = good && check != FileCheck::wrong_size && check != FileCheck::wrong_digest;
    there += check != FileCheck::absent;
    json["files"].push_back({{"name", file.name}, {"check", check_name(check)}});
    console.result(fmt::format("  {}  {}", file.name, check_text(check, file)));
  }
  if (info.files.empty()) console.result("  the catalog knows no files to compare with");
  if (options.recordings) {
    catch_interrupts();
    good = read_recordings(info, options, console, json) && good;
  }
  json["good"] = good;
  console.result(fmt::format("{}: {} of {} are there{}", info.name, there,
                             plural(info.files.size(), "published file"),
                             good ? "" : "; something is wrong, see above"));
  console.emit(json);
  if (interrupted()) return interrupt_exit_code();
  return good ? 0 : 1;
}

int fetch_dataset(const DatasetFilesCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const DatasetInfo info = find_dataset(options.name);
  if (!info.needs_files)
    throw Error("is made in code and needs no files", info.name, "use it without --data");
  for (const std::string& wanted : options.only)
    if (std::none_of(info.files.begin(), info.files.end(),
                     [&](const RemoteFile& file) { return file.name == wanted; }))
      throw Error("is no file of " + info.name, wanted,
                  "see volley datasets describe " + info.name);
  Json json{{"command", "datasets fetch"}, {"name", info.name}, {"files", Json::array()}};
  catch_interrupts();
  bool by_hand = info.files.empty();
  for (RemoteFile file : info.files) {
    if (!options.only.empty() &&
        std::find(options.only.begin(), options.only.end(), file.name) == options.only.end())
      continue;
    for (auto mirror = options.mirrors.rbegin(); mirror != options.mirrors.rend(); ++mirror)
      file.urls.insert(file.urls.begin(),
                       *mirror + (mirror->ends_with('/') ? "" : "/") + file.name);
    if (file.urls.empty()) {
      by_hand = true;
      continue;
    }
    FetchOptions fetching;
    fetching.say = [&](const std::string& line) { console.say(line); };
    fetching.progress = [&](std::uint64_t done, std::uint64_t total) {
      if (console.progress_due())
        console.progress(fmt::format(
            "{}  {}{}", file.name, bytes_text(done),
            total == 0 ? ""
                       : fmt::format(" of {}, {}", bytes_text(total),
                                     percent_text(static_cast<double>(done) /
                                                  static_cast<double>(total)))));
      return !interrupted();
    };
    const bool fetched = fetch_file(file, options.directory, fetching);
    console.clear_progress();
    const FileCheck check = check_file(file, options.directory);
    json["files"].push_back(
        {{"name", file.name}, {"fetched", fetched}, {"check", check_name(check)}});
    console.result(fmt::format("  {}  {}; {}", file.name, fetched ? "fetched" : "was there",
                               check_text(check, file)));
  }
  if (by_hand) {
    json["steps"] = info.steps;
    console.result(info.steps.empty() ? "No address is known to fetch from." : info.steps);
  }
  console.emit(json);
  return by_hand ? 1 : 0;
}

int dataset_cache(const DatasetFilesCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const SampleCache cache(cache_folder(options.cache));
  const SampleCache::Use use = options.clear ? cache.clear() : cache.use();
  if (!cache.active()) console.result("samples are not kept: the cache is off");
  else
    console.result(fmt::format("{}{} with {} of binned samples in {}",
                               options.clear ? "removed " : "", plural(use.files, "file"),
                               bytes_text(use.bytes), cache.folder().string()));
  console.emit({{"command", "datasets cache"},
                {"folder", cache.folder().string()},
                {"cleared", options.clear},
                {"files", use.files},
                {"bytes", use.bytes}});
  return 0;
}

}  // namespace volley
