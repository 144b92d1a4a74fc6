// Writes the small files from which the fuzzer starts: fuzz_seeds FOLDER makes FOLDER/TARGET/*. All
// are made here, by volley's writers, the libraries of their formats, or byte by byte.
#include <archive.h>
#include <archive_entry.h>
#include <hdf5.h>
#include <matio.h>

#include <cstdio>
#include <filesystem>
#include <map>

#include "base/atomic_file.hpp"
#include "base/random.hpp"
#include "datasets/event_writer.hpp"
#include "datasets/packed_train.hpp"
#include "models/checkpoint.hpp"
#include "models/hdf5_writer.hpp"
#include "models/nir.hpp"
#include "reference_run.hpp"
#include "sample_networks.hpp"

namespace {

using namespace volley;
namespace fs = std::filesystem;

std::vector<Event> events_for(const std::string& format, std::size_t count) {
  RandomEngine random(count);
  boost::random::uniform_int_distribution<int> pixel(0, 99), bit(0, 1), gap(0, 300);
  std::vector<Event> events(count);
  std::int64_t t = 0;
  for (Event& event : events) {
    t += gap(random) > 200 ? gap(random) : 0;
    event.t = t;
    event.x = static_cast<std::uint16_t>(pixel(random));
    event.y = format == "bs1" ? std::uint16_t{0} : static_cast<std::uint16_t>(pixel(random));
    event.p = static_cast<std::uint8_t>(bit(random));
  }
  return events;
}

void write_seeds(const fs::path& folder) {
  for (const std::string& format : writable_formats())
    for (const std::size_t count :
         {std::size_t{0}, std::size_t{1}, std::size_t{20}, std::size_t{300}})
      for (const std::string compression : {"lz4", "zstd", "none"}) {
        if (format != "aedat4" && compression != "lz4") continue;
        const fs::path file =
            folder / format / ("seed-" + std::to_string(count) + "-" + compression);
        const auto writer = create_recording(file, format, {{128, 128, 2}, compression});
        writer->write(events_for(format, count));
        writer->finish();
        fs::create_directories(folder / "any");
        fs::copy_file(file, folder / "any" / (format + "-" + file.filename().string()),
                      fs::copy_options::overwrite_existing);
      }
}

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  const std::string header =
      "{'descr': " + type + ", 'fortran_order': False, 'shape': " + shape + ", }\n";
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
         data;
}

void write_by_hand(const fs::path& folder) {
  using namespace std::string_literals;
  write_file(folder / "text" / "spaces", "0.003811000 96 133 0\n0.0038115 5 6 1\n");
  write_file(folder / "text" / "names", "# made by hand\nx;y;polarity;time[ms]\n1;2;-1;1.5e-3\n");
  write_file(folder / "es" / "generic",
             "Event Stream\x02\x00\x00\x00\x05\x0a"
             "hello\xff\x07\x04io"s);
  write_file(folder / "es" / "color",
             "Event Stream\x02\x00\x00\x04\x10\x00\x10\x00\x05\x01\x00\x02\x00rgb\xff"s);
  write_file(
      folder / "es" / "atis",
      "Event Stream\x02\x00\x00\x02\x10\x00\x10\x00\x06\x01\x00\x02\x00\xfd\x05\x01\x00\x02\x00"s);
  write_file(folder / "evt3" / "bare",
             "\x01\x80\x02\x60\x07\x00\x05\x28\x14\x38\x01\x48\x03\x50\x00\xa0"s);
  write_file(folder / "aedat2" / "bare", "\x00\x02\x00\x00\x00\x00\x00\x0c\x00\x00\x00\x06"s);
  write_file(
      folder / "npy" / "rows",
      npy("'<u2'", "(2, 4)", "\x01\x00\x02\x00\x03\x00\x01\x00\x05\x00\x02\x00\x03\x00\x00\x00"s));
  write_file(
      folder / "npy" / "columns",
      npy("'>f4'", "(4, 1)", "\x3f\x80\x00\x00\x3f\x80\x00\x00\x3f\x80\x00\x00\x3f\x80\x00\x00"s));
}

void write_archive(const fs::path& path, const std::map<std::string, std::string>& files,
                   int format, int filter) {
  fs::create_directories(path.parent_path());
  archive* const out = archive_write_new();
  archive_write_set_format(out, format);
  archive_write_add_filter(out, filter);
  archive_write_open_filename(out, path.c_str());
  archive_entry* const entry = archive_entry_new();
  for (const auto& [name, bytes] : files) {
    archive_entry_clear(entry);
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_write_header(out, entry);
    archive_write_data(out, bytes.data(), bytes.size());
  }
  archive_entry_free(entry);
  archive_write_free(out);
}

void write_archives(const fs::path& folder) {
  const std::string recording = read_file(folder / "atis" / "seed-20-lz4");
  for (const int filter : {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD,
                           ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_LZ4, ARCHIVE_FILTER_NONE}) {
    if (filter != ARCHIVE_FILTER_NONE)
      write_archive(folder / "archive" / ("raw-" + std::to_string(filter)), {{"a", recording}},
                    ARCHIVE_FORMAT_RAW, filter);
    write_archive(folder / "archive" / ("tar-" + std::to_string(filter)),
                  {{"a.bin", recording}, {"b.bin", recording}}, ARCHIVE_FORMAT_TAR_USTAR, filter);
  }
  write_archive(folder / "archive" / "zip", {{"a.bin", recording}}, ARCHIVE_FORMAT_ZIP,
                ARCHIVE_FILTER_NONE);
  write_archive(folder / "npz" / "fields",
                {{"events.npy", read_file(folder / "npy" / "seed-20-lz4")}}, ARCHIVE_FORMAT_ZIP,
                ARCHIVE_FILTER_NONE);
  std::map<std::string, std::string> columns;
  for (const char* const name : {"t", "x", "y", "p"})
    columns[std::string(name) + ".npy"] = npy("'|u1'", "(3,)", "\x01\x01\x01");
  write_archive(folder / "npz" / "columns", columns, ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE);
}

void write_mat(const fs::path& folder) {
  fs::create_directories(folder / "mat");
  for (const bool packed : {false, true}) {
    mat_t* const mat = Mat_CreateVer((folder / "mat" / (packed ? "packed" : "plain")).c_str(),
                                     nullptr, MAT_FT_MAT5);
    std::size_t lists[2] = {3, 1}, train[2] = {101, 2};
    double values[202] = {1, 2, 3};
    for (const char* const name : {"x", "y", "ts", "pol"}) {
      matvar_t* const one = Mat_VarCreate(name, MAT_C_DOUBLE, MAT_T_DOUBLE, 2, lists, values, 0);
      Mat_VarWrite(mat, one, packed ? MAT_COMPRESSION_ZLIB : MAT_COMPRESSION_NONE);
      Mat_VarFree(one);
    }
    if (packed) {
      matvar_t* const one =
          Mat_VarCreate("spiketrain", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, train, values, 0);
      Mat_VarWrite(mat, one, MAT_COMPRESSION_ZLIB);
      Mat_VarFree(one);
    }
    Mat_Close(mat);
  }
}

void write_hdf5(const fs::path& folder) {
  fs::create_directories(folder / "hdf5");
  const hid_t file =
      H5Fcreate((folder / "hdf5" / "spikes").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(H5Gcreate2(file, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  const hsize_t one = 1;
  const hid_t space = H5Screate_simple(1, &one, nullptr);
  float times[3] = {0.1f, 0.2f, 0.3f};
  std::uint16_t units[3] = {1, 2, 699};
  for (const auto& [name, native, data] :
       {std::tuple{"spikes/times", H5T_NATIVE_FLOAT, static_cast<void*>(times)},
        std::tuple{"spikes/units", H5T_NATIVE_UINT16, static_cast<void*>(units)}}) {
    const hid_t type = H5Tvlen_create(native);
    const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hvl_t list{3, data};
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &list);
    H5Dclose(set);
    H5Tclose(type);
  }
  const hid_t labels =
      H5Dcreate2(file, "labels", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const std::int64_t label = 7;
  H5Dwrite(labels, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &label);
  H5Dclose(labels);
  H5Sclose(space);
  H5Fclose(file);
}

std::string number(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xff);
  return text;
}

void write_sounds(const fs::path& folder) {
  for (const std::uint32_t bits : {8U, 16U, 24U, 32U}) {
    const std::uint32_t channels = bits == 16 ? 2 : 1, frame = channels * bits / 8;
    const std::string samples(8 * frame, '\x12');
    const std::string format = number(bits == 32 ? 3 : 1, 2) + number(channels, 2) +
                               number(8000, 4) + number(8000 * frame, 4) + number(frame, 2) +
                               number(bits, 2);
    const std::string body =
        "WAVEfmt " + number(16, 4) + format + "data" +
        number(static_cast<std::uint32_t>(samples.size()), 4) + samples;
    write_file(folder / "wav" / std::to_string(bits),
               "RIFF" + number(static_cast<std::uint32_t>(body.size()), 4) + body);
  }
}

void write_tables(const fs::path& folder) {
  using namespace std::string_literals;
  const std::string images = "\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03"s + "twelve bytes";
  write_file(folder / "idx" / "images", images);
  write_file(folder / "idx" / "labels", "\0\0\x08\x01\0\0\0\x03\x07\x02\x01"s);
  write_archive(folder / "idx" / "packed", {{"a", images}}, ARCHIVE_FORMAT_RAW,
                ARCHIVE_FILTER_GZIP);
  write_file(folder / "spike-csv" / "heading", "time_ms,neuron\n0,1\n0.5,2\n# comment\n3,999\n");
  write_file(folder / "gesture" / "rows",
             "class,startTime_usec,endTime_usec\n1,100,2000\n11,2000,3000\n");
  write_file(folder / "gesture" / "trials", "user01_fluorescent.aedat\n\nuser02_led.aedat\n");
  write_file(folder / "synapses" / "all",
             "source,target,weight,delay_ms\n0,1,0.5,1\n99,199,-1e-3,2.5\n");
  write_file(folder / "synapses" / "two", "# pairs\n1,2\n1,3\n");
  write_file(folder / "words" / "timed", number(0x00058007, 4) + number(1000, 4) +
                                             number(0x00060008, 4) + number(0xfffffff0, 4));
  write_file(folder / "words" / "bare", number(0x80058007, 4) + number(0x80060008, 4));
  SpikeTrain train;
  write_file(folder / "cached" / "empty", pack_train(train));
}

void write_netx_neuron(Hdf5Writer& out, const std::string& layer) {
  out.group(layer + "/neuron");
  out.text(layer + "/neuron/type", "CUBA");
  for (const auto& [name, value] :
       {std::pair{"iDecay", 410}, std::pair{"vDecay", 4096}, std::pair{"vThMant", 4},
        std::pair{"refDelay", 2}})
    out.integer(layer + "/neuron/" + name, value);
}

/// Networks of lava-dl: one dense layer, and a map with what follows it.
void write_netx(const fs::path& folder) {
  fs::create_directories(folder / "netx");
  for (const bool map : {false, true}) {
    Hdf5Writer out(folder / "netx" / (map ? "map" : "dense"));
    out.group("/layer");
    std::string layer = "/layer/0";
    out.group(layer);
    if (map) {
      out.text(layer + "/type", "input");
      out.integers(layer + "/shape", {3}, std::vector<std::int64_t>{1, 4, 4});
      out.group(layer = "/layer/1");
      out.text(layer + "/type", "conv");
      out.integers(layer + "/shape", {3}, std::vector<std::int64_t>{2, 2, 2});
      for (const auto& [name, value] : {std::pair{"stride", 1}, std::pair{"padding", 0},
                                        std::pair{"dilation", 1}})
        out.integers(layer + "/" + name, {2}, std::vector<std::int64_t>{value, value});
      out.integer(layer + "/groups", 1);
      out.doubles(layer + "/weight", {2, 1, 3, 3}, std::vector<double>(18, 1.0));
      write_netx_neuron(out, layer);
      out.group(layer = "/layer/2");
      out.text(layer + "/type", "flatten");
      out.group(layer = "/layer/3");
    }
    out.text(layer + "/type", "dense");
    out.integers(layer + "/shape", {1}, std::vector<std::int64_t>{2});
    out.integer(layer + "/inFeatures", map ? 8 : 3);
    const std::size_t inputs = map ? 8 : 3;
    out.doubles(layer + "/weight", {2, inputs}, std::vector<double>(2 * inputs, -1.0));
    out.doubles(layer + "/bias", {2}, std::vector<double>{0.5, 1.0});
    write_netx_neuron(out, layer);
    out.close();
  }
}

void write_models(const fs::path& folder) {
  RandomEngine random(1);
  for (const bool optimiser : {false, true}) {
    Recipe recipe;
    recipe.name = "fuzz";
    recipe.network = test::small_network();
    const fs::path file = folder / "checkpoint" / (optimiser ? "training" : "finished");
    save_checkpoint(test::random_checkpoint(random, recipe, optimiser), file);
    write_file(folder / "recipe" / file.filename(), format_recipe(recipe));
  }
  fs::create_directories(folder / "nir");
  for (const char* const name : {"small", "one", "two"})
    write_nir(test::random_frozen(random, name == std::string("small")
                                              ? test::small_network()
                                              : test::random_network(random, true)),
              folder / "nir" / name);
  // The files that volley comes with.
  for (const auto& [from, to] : {std::pair{"recipes", "recipe"}, std::pair{"networks", "circuit"},
                                 std::pair{"studies", "study"}})
    for (const auto& entry : fs::directory_iterator(fs::path(VOLLEY_SOURCE_DIR) / "models" / from))
      if (entry.path().extension() == ".toml")
        write_file(folder / to / entry.path().filename(), read_file(entry.path()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: fuzz_seeds FOLDER\n", stderr);
    return 2;
  }
  const fs::path folder(argv[1]);
  write_seeds(folder);
  write_by_hand(folder);
  write_archives(folder);
  write_mat(folder);
  write_hdf5(folder);
  write_sounds(folder);
  write_tables(folder);
  write_models(folder);
  write_netx(folder);
  return 0;
}
