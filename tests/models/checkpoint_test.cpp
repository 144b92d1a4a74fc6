// The model file: whole round trips, equal bytes, and what damaged files are told.
#include "models/checkpoint.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/atomic_file.hpp"
#include "models/checkpoint_seal.hpp"
#include "models/hdf5_writer.hpp"
#include "base/error.hpp"
#include "sample_networks.hpp"

namespace volley::test {
namespace {

Checkpoint small_checkpoint() {
  RandomEngine random(9);
  Recipe recipe;
  recipe.name = "small";
  recipe.network = small_network();
  return random_checkpoint(random, recipe, true);
}

void put(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

void expect_refused(const std::filesystem::path& file, const std::string& part) {
  const std::string message = message_of([&] { load_checkpoint(file); });
  EXPECT_NE(message.find(part), std::string::npos) << "message: " << message;
  EXPECT_NE(message.find(file.string()), std::string::npos) << "message: " << message;
}

TEST(Checkpoint, GivesBackEverything) {
  const TemporaryFolder folder;
  RandomEngine random(1);
  for (int round = 0; round < 20; ++round) {
    const Checkpoint saved = random_checkpoint(random, random_recipe(random), round % 2 == 0);
    save_checkpoint(saved, folder / "a.volley");
    const Checkpoint loaded = load_checkpoint(folder / "a.volley");
    EXPECT_EQ(loaded.recipe, saved.recipe);
    EXPECT_EQ(loaded.parameters, saved.parameters);
    EXPECT_EQ(loaded.statistics, saved.statistics);
    EXPECT_EQ(loaded.optimiser, saved.optimiser);
    EXPECT_EQ(loaded.position, saved.position);
    EXPECT_FALSE(loaded.volley_version.empty());
  }
}

TEST(Checkpoint, SameContentSameBytes) {
  const TemporaryFolder folder;
  const Checkpoint checkpoint = small_checkpoint();
  save_checkpoint(checkpoint, folder / "a.volley");
  save_checkpoint(checkpoint, folder / "b.volley");
  save_checkpoint(load_checkpoint(folder / "a.volley"), folder / "c.volley");
  const std::string bytes = read_file(folder / "a.volley");
  EXPECT_EQ(bytes, read_file(folder / "b.volley"));
  EXPECT_EQ(bytes, read_file(folder / "c.volley"));
  EXPECT_EQ(bytes.rfind("volley model, format 1, ", 0), 0U);
}

TEST(Checkpoint, WhatDoesNotFitIsNotSaved) {
  const TemporaryFolder folder;
  Checkpoint checkpoint = small_checkpoint();
  checkpoint.parameters["hidden->out/bias"].values[0] = std::nanf("");
  EXPECT_NE(message_of([&] { save_checkpoint(checkpoint, folder / "a.volley"); })
                .find("/parameters/hidden->out/bias holds a value that is not finite"),
            std::string::npos);
  checkpoint = small_checkpoint();
  checkpoint.statistics.erase("conv/covariance");
  EXPECT_NE(message_of([&] { save_checkpoint(checkpoint, folder / "a.volley"); })
                .find("/statistics/conv/covariance is missing"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "a.volley"));
}

TEST(Checkpoint, EveryTruncationIsNamed) {
  const TemporaryFolder folder;
  save_checkpoint(small_checkpoint(), folder / "a.volley");
  const std::string bytes = read_file(folder / "a.volley");
  for (std::size_t length = 0; length < bytes.size(); length += length < 600 ? 7 : 301) {
    put(folder / "b.volley", bytes.substr(0, length));
    EXPECT_THROW(load_checkpoint(folder / "b.volley"), Error) << length;
  }
  put(folder / "b.volley", bytes.substr(0, bytes.size() - 1));
  expect_refused(folder / "b.volley", "the file was cut short");
}

TEST(Checkpoint, EveryFlippedByteIsNamed) {
  const TemporaryFolder folder;
  save_checkpoint(small_checkpoint(), folder / "a.volley");
  const std::string bytes = read_file(folder / "a.volley");
  RandomEngine random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = bytes;
    const std::size_t at = round < 60 ? static_cast<std::size_t>(round)
                                      : seal_bytes + random() % (bytes.size() - seal_bytes);
    damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 + random() % 255));
    put(folder / "b.volley", damaged);
    EXPECT_THROW(load_checkpoint(folder / "b.volley"), Error) << at;
  }
}

// Whoever forges the seal meets the HDF5 library, in a process of its own.
TEST(Checkpoint, SealedDamageIsAnErrorAtWorst) {
  const TemporaryFolder folder;
  save_checkpoint(small_checkpoint(), folder / "a.volley");
  const std::string bytes = read_file(folder / "a.volley");
  RandomEngine random(4);
  int refused = 0;
  for (int round = 0; round < 150; ++round) {
    std::string damaged = bytes;
    for (int change = 0; change < 8; ++change)
      damaged[seal_bytes + random() % (bytes.size() - seal_bytes)] =
          static_cast<char>(random() % 256);
    put(folder / "b.volley", damaged);
    seal(folder / "b.volley", checkpoint_format);
    try {
      load_checkpoint(folder / "b.volley");
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(Checkpoint, OtherFormatsAndFilesAreNamed) {
  const TemporaryFolder folder;
  save_checkpoint(small_checkpoint(), folder / "a.volley");
  seal(folder / "a.volley", 7);
  expect_refused(folder / "a.volley", "format 7, this volley reads format 1");
  put(folder / "text.volley", "hello");
  expect_refused(folder / "text.volley", "is not a volley model");
  Hdf5Writer plain(folder / "plain.volley");
  plain.close();
  expect_refused(folder / "plain.volley", "but not a volley model");
  expect_refused(folder / "absent.volley", "there is no such model");
  std::filesystem::create_directory(folder / "folder.volley");
  expect_refused(folder / "folder.volley", "is not a model file");
}

TEST(Checkpoint, HugeTensorsAreRefusedBeforeTheyAreRead) {
  const TemporaryFolder folder;
  Hdf5Writer file(folder / "a.volley", seal_bytes);
  file.integer("/format", 1);
  file.small_integers("/huge", {1 << 12, 1 << 12}, std::vector<std::int8_t>(1 << 24));
  file.close();
  seal(folder / "a.volley", checkpoint_format);
  expect_refused(folder / "a.volley", "/huge");
}

TEST(Checkpoint, MissingPartsAreNamed) {
  const TemporaryFolder folder;
  Hdf5Writer file(folder / "a.volley", seal_bytes);
  file.integer("/format", 1);
  file.text("/volley_version", "0");
  file.text("/recipe", "[network]\ninput = 0\n");
  file.close();
  seal(folder / "a.volley", checkpoint_format);
  expect_refused(folder / "a.volley", "a.volley:/recipe:2:9: network.input: 0 is out of range");
}

}  // namespace
}  // namespace volley::test
