#include "datasets/class_folders.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "datasets/catalog_facts.hpp"
#include "datasets/dataset_order.hpp"
#include "datasets/open_recording.hpp"
#include "datasets/read_recording.hpp"
#include "datasets/recording_dataset.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

std::string lower_case(std::string text) {
  for (char& letter : text)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

std::string class_folder(const std::string& name) {
  return fs::path(name).parent_path().filename().string();
}

bool has_extension(const std::string& name, const std::vector<std::string>& extensions) {
  const std::string own = lower_case(fs::path(name).extension().string());
  return std::find(extensions.begin(), extensions.end(), own) != extensions.end();
}

/// How a file is told to be a test file: by its name, or by its rank within its class.
using TestRule = std::function<bool(const std::string& name, std::size_t rank)>;

TestRule every(std::size_t n) {
  return [n](const std::string&, std::size_t rank) { return rank % n == 0; };
}

/// The number before the extension, as in cifar10_cat_17.aedat.
std::optional<int> number_in(const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  const std::size_t first = stem.find_last_not_of("0123456789") + 1;
  int number = 0;
  const auto [end, code] = std::from_chars(stem.data() + first, stem.data() + stem.size(), number);
  if (code != std::errc() || first == stem.size()) return {};
  return number;
}

struct ClassFolders {
  DatasetInfo info;
  std::vector<std::string> extensions;
  StreamOptions options;
  TestRule is_test;
};

std::unique_ptr<Dataset> open_class_folders(ClassFolders folders, const DatasetRequest& request) {
  DatasetInfo& info = folders.info;
  const bool train = is_train_split(request.split, info);
  const auto& classes = info.class_names;
  auto files = open_dataset_files(request.directory, info, [&](const std::string& name) {
    return has_extension(name, folders.extensions) &&
           std::find(classes.begin(), classes.end(), class_folder(name)) != classes.end();
  });
  std::vector<RecordingEntry> entries;
  std::vector<std::size_t> seen(classes.size(), 0);
  for (std::size_t i = 0; i < files->names().size(); ++i) {
    const std::string& name = files->names()[i];
    const auto label = static_cast<std::size_t>(
        std::find(classes.begin(), classes.end(), class_folder(name)) - classes.begin());
    if (folders.is_test(name, seen[label]++) != train)
      entries.push_back({i, static_cast<int>(label), {}, name});
  }
  folders.options.sensor = info.sensor;
  return make_recording_dataset(std::move(info), std::move(files), std::move(entries),
                                std::move(folders.options), request.limit);
}

DatasetInfo entry(std::string name, std::string description, SensorSize sensor,
                  std::vector<std::string> classes, std::string citation, std::string licence) {
  DatasetInfo info;
  info.name = std::move(name);
  info.description = std::move(description);
  info.sensor = sensor;
  info.class_names = std::move(classes);
  info.splits = {"Train", "Test"};
  info.citation = std::move(citation);
  info.licence = std::move(licence);
  info.layout = "CLASS/NAME anywhere below DIR, or in archives in it";
  return info;
}

const std::vector<std::string>& caltech_classes() {
  static const std::vector<std::string> names{
      "BACKGROUND_Google", "Faces_easy", "Leopards", "Motorbikes", "accordion", "airplanes",
      "anchor", "ant", "barrel", "bass", "beaver", "binocular", "bonsai", "brain", "brontosaurus",
      "buddha", "butterfly", "camera", "cannon", "car_side", "ceiling_fan", "cellphone", "chair",
      "chandelier", "cougar_body", "cougar_face", "crab", "crayfish", "crocodile",
      "crocodile_head", "cup", "dalmatian", "dollar_bill", "dolphin", "dragonfly",
      "electric_guitar", "elephant", "emu", "euphonium", "ewer", "ferry", "flamingo",
      "flamingo_head", "garfield", "gerenuk", "gramophone", "grand_piano", "hawksbill",
      "headphone", "hedgehog", "helicopter", "ibis", "inline_skate", "joshua_tree", "kangaroo",
      "ketch", "lamp", "laptop", "llama", "lobster", "lotus", "mandolin", "mayfly", "menorah",
      "metronome", "minaret", "nautilus", "octopus", "okapi", "pagoda", "panda", "pigeon",
      "pizza", "platypus", "pyramid", "revolver", "rhino", "rooster", "saxophone", "schooner",
      "scissors", "scorpion", "sea_horse", "snoopy", "soccer_ball", "stapler", "starfish",
      "stegosaurus", "stop_sign", "strawberry", "sunflower", "tick", "trilobite", "umbrella",
      "watch", "water_lilly", "wheelchair", "wild_cat", "windsor_chair", "wrench", "yin_yang"};
  return names;
}

}  // namespace

DatasetInfo ncaltech101_info() {
  return entry("ncaltech101",
               "Caltech 101 on a screen, seen by an ATIS camera in three saccades of 100 ms",
               {240, 180, 2}, caltech_classes(),
               "Orchard, Jayawant, Cohen and Thakor, Converting Static Image Datasets to Spiking "
               "Neuromorphic Datasets Using Saccades, Frontiers in Neuroscience 9:437, 2015",
               "CC BY 4.0, as its site says");
}

DatasetInfo cifar10_dvs_info() {
  return entry("cifar10-dvs", "10,000 images of CIFAR-10 moving on a screen, seen by a DVS128",
               {128, 128, 2},
               {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
                "truck"},
               "Li, Liu, Ji, Li and Shi, CIFAR10-DVS: An Event-Stream Dataset for Object "
               "Classification, Frontiers in Neuroscience 11:309, 2017",
               "CC BY 4.0");
}

DatasetInfo asl_dvs_info() {
  std::vector<std::string> letters;
  for (const char letter : std::string("abcdefghiklmnopqrstuvwxy")) letters.emplace_back(1, letter);
  return entry("asl-dvs", "Letters of the American sign language (without j and z), DAVIS240c",
               {240, 180, 2}, letters,
               "Bi, Chadha, Abbas, Bourtsoulatze and Andreopoulos, Graph-Based Object "
               "Classification for Neuromorphic Vision Sensing, ICCV 2019",
               "see its site, github.com/PIX2NVS/NVS2Graph");
}

DatasetInfo st_mnist_info() {
  return entry("st-mnist", "Digits written on a tactile sensor of 10 x 10 taxels", {10, 10, 2},
               digit_names(),
               "See, Lim, Li, Yao, Lee and Tee, ST-MNIST - The Spiking Tactile MNIST Neuromorphic "
               "Dataset, arXiv 2005.04319, 2020",
               "CC BY 4.0, as its site says");
}

DatasetInfo poker_dvs_info() {
  DatasetInfo info =
      entry("poker-dvs", "Pips of poker cards browsed before a DVS128, cut to 35 x 35 pixels",
            {35, 35, 2}, {"cl", "he", "di", "sp"},
            "Serrano-Gotarredona and Linares-Barranco, Poker-DVS and MNIST-DVS. Their History, How "
            "They Were Made, and Other Details, Frontiers in Neuroscience 9:481, 2015",
            "see its site");
  info.layout = "DIR/pips_train/CLASS/*.npy and DIR/pips_test/CLASS/*.npy";
  return info;
}

DatasetInfo folder_info() {
  DatasetInfo info =
      entry("folder", "Recordings of any format in folders named as their classes are",
            {1, 1, 2}, {}, "your own", "your own");
  info.layout = "DIR/SPLIT/CLASS/NAME, or DIR/CLASS/NAME of which every tenth is Test";
  info.notes = "Classes are the names of the folders in alphabetical order; the sensor is the "
               "smallest that holds every recording's.";
  return info;
}

std::unique_ptr<Dataset> open_ncaltech101(const DatasetRequest& request) {
  StreamOptions options;
  options.format = "atis";
  return open_class_folders({ncaltech101_info(), {".bin"}, options, every(10)}, request);
}

std::unique_ptr<Dataset> open_cifar10_dvs(const DatasetRequest& request) {
  StreamOptions options;
  options.layout = "cifar10-dvs";
  const TestRule rule = [](const std::string& name, std::size_t) {
    return number_in(name).value_or(0) < 100;
  };
  return open_class_folders({cifar10_dvs_info(), {".aedat"}, options, rule}, request);
}

std::unique_ptr<Dataset> open_asl_dvs(const DatasetRequest& request) {
  return open_class_folders({asl_dvs_info(), {".mat"}, {}, every(5)}, request);
}

std::unique_ptr<Dataset> open_st_mnist(const DatasetRequest& request) {
  return open_class_folders({st_mnist_info(), {".mat"}, {}, every(5)}, request);
}

std::unique_ptr<Dataset> open_poker_dvs(const DatasetRequest& request) {
  StreamOptions options;
  options.columns = "t x y p";
  const TestRule rule = [](const std::string& name, std::size_t) {
    return fs::path(name).parent_path().parent_path().filename() == "pips_test";
  };
  return open_class_folders({poker_dvs_info(), {".npy"}, options, rule}, request);
}

std::unique_ptr<Dataset> open_folder(const DatasetRequest& request) {
  DatasetInfo info = folder_info();
  // Two or three parts tell the classes: [SPLIT/]CLASS/NAME.
  const auto depth = [](const std::string& name) { return std::count(name.begin(), name.end(), '/'); };
  auto files = open_dataset_files(request.directory, info,
                                  [&](const std::string& name) { return depth(name) >= 1; });
  const auto& names = files->names();
  const bool split_folders =
      std::all_of(names.begin(), names.end(), [&](const auto& name) { return depth(name) >= 2; });
  const auto split_of = [&](const std::string& name) {
    return lower_case(fs::path(name).parent_path().parent_path().filename().string());
  };
  const std::string wanted = lower_case(request.split);
  std::set<std::string> classes, splits;
  for (const std::string& name : names) {
    classes.insert(class_folder(name));
    splits.insert(split_folders ? split_of(name) : std::string());
  }
  if (split_folders && !splits.contains(wanted))
    throw Error("no split '" + request.split + "'; folders found: " +
                    joined_names({splits.begin(), splits.end()}),
                request.directory.string(), info.layout);
  const bool train = split_folders || is_train_split(request.split, info);
  info.class_names.assign(classes.begin(), classes.end());
  std::vector<RecordingEntry> entries;
  std::map<std::string, std::size_t> seen;
  SensorSize sensor{1, 1, 2};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string label = class_folder(names[i]);
    const auto stream = open_recording(
        [&] { return memory_source(files->read(i), files->place(i)); }, files->place(i), {});
    // Where a file does not say its sensor's size, the events do.
    const SensorSize own = stream->sensor_stated()
                               ? stream->sensor()
                               : read_recording(*stream, names[i], OnDamage::keep).sensor;
    sensor.width = std::max(sensor.width, own.width);
    sensor.height = std::max(sensor.height, own.height);
    const bool test = !split_folders && seen[label]++ % 10 == 0;
    if (split_folders ? split_of(names[i]) != wanted : test == train) continue;
    const auto at = classes.find(label);
    entries.push_back({i, static_cast<int>(std::distance(classes.begin(), at)), {}, names[i]});
  }
  info.sensor = sensor;
  return make_recording_dataset(std::move(info), std::move(files), std::move(entries), {},
                                request.limit);
}

}  // namespace volley
