#include "datasets/catalog_facts.hpp"

namespace volley {

namespace {

RemoteFile file_of(std::string name, std::vector<std::string> urls, std::string md5,
                   std::optional<std::uint64_t> size = {}) {
  RemoteFile file;
  file.name = std::move(name);
  file.urls = std::move(urls);
  file.md5 = std::move(md5);
  file.size = size;
  return file;
}

void fashion_mnist(DatasetInfo& info) {
  const std::string site = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";
  const auto add = [&](const std::string& name, const char* md5, std::uint64_t size) {
    info.files.push_back(file_of(name, {site + name}, md5, size));
  };
  add("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26'421'880);
  add("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe", 29'515);
  add("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79", 4'422'102);
  add("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310", 5'148);
}

void mnist(DatasetInfo& info) {
  const auto add = [&](const std::string& name, const char* md5, std::uint64_t size) {
    info.files.push_back(file_of(name,
                                 {"https://ossci-datasets.s3.amazonaws.com/mnist/" + name,
                                  "https://storage.googleapis.com/cvdf-datasets/mnist/" + name},
                                 md5, size));
  };
  add("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9'912'422);
  add("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28'881);
  add("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1'648'877);
  add("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4'542);
}

void nmnist(DatasetInfo& info) {
  const std::string folder = "https://www.dropbox.com/sh/tg2ljlbmtzygrag/";
  info.files = {file_of("Train.zip", {folder + "AABlMOuR15ugeOxMCX0Pvoxga/Train.zip?dl=1"},
                        "20959b8e626244a1b502305a9e6e2031"),
                file_of("Test.zip", {folder + "AADSKgJ2CjaBWh75HnTNZyhca/Test.zip?dl=1"},
                        "69ca8762b2fe404d9b9bad1103e97832")};
}

void ncaltech101(DatasetInfo& info) {
  info.files = {file_of("Caltech101.zip",
                        {"https://www.dropbox.com/sh/iuv7o3h2gv6g4vd/AAD0T79lglp-BrdbSCuH_7MFa/"
                         "Caltech101.zip?dl=1"},
                        "66201824eabb0239c7ab992480b50ba3")};
  info.notes = "There is no official split: volley takes of each class every tenth file, from the "
               "first, as Test and the others as Train. Recordings have sizes of their own below "
               "240 x 180.";
}

void dvs_gesture(DatasetInfo& info) {
  info.files = {file_of("DvsGesture.tar.gz", {}, "8a5c71fb11e24e5ca5b11866ca6c00a1"),
                file_of("gesture_mapping.csv", {}, "109b2ae64a0e1f3ef535b18ad7367fd1"),
                file_of("LICENSE.txt", {}, "065e10099753156f18f51941e6e44b66"),
                file_of("README.txt", {}, "a0663d3b1d8307c329a43d949ee32d19")};
  info.steps = "Open https://ibm.ent.box.com/s/3hiq58ww1pbbjrinh367ykfdf60xsfm8/folder/50167556794 "
               "in a browser, accept the terms, download DvsGesture.tar.gz and give its folder, or "
               "the archive itself, with --data.";
  info.notes = "Splits are the lists trials_to_train.txt and trials_to_test.txt (users 1 to 23 and "
               "24 to 29). Every row of a NAME_labels.csv is one recording, start <= t < end, so "
               "1176 and 288 of them. In a few files (user22_led, for example) a row ends after the "
               "next begins: rows are cut on their own, and both have the events of the overlap.";
}

void cifar10_dvs(DatasetInfo& info) {
  const auto add = [&](const std::string& name, const char* number, const char* md5) {
    info.files.push_back(file_of(name + ".zip",
                                 {std::string("https://ndownloader.figshare.com/files/") + number},
                                 md5));
  };
  add("airplane", "7712788", "0afd5c4bf9ae06af762a77b180354fdd");
  add("automobile", "7712791", "8438dfeba3bc970c94962d995b1b9bdd");
  add("bird", "7712794", "a9c207c91c55b9dc2002dc21c684d785");
  add("cat", "7712812", "52c63c677c2b15fa5146a8daf4d56687");
  add("deer", "7712815", "b6bf21f6c04d21ba4e23fc3e36c8a4a3");
  add("dog", "7712818", "f379ebdf6703d16e0a690782e62639c3");
  add("frog", "7712842", "cad6ed91214b1c7388a5f6ee56d08803");
  add("horse", "7712851", "e7cbbf77bec584ffbf913f00e682782a");
  add("ship", "7712836", "41c7bd7d6b251be82557c6cce9a7d5c9");
  add("truck", "7712839", "89f3922fd147d9aeff89e76a2b0b70a7");
  info.notes = "There is no official split: volley takes the files 0 to 99 of each class as Test "
               "and 100 to 999 as Train, as Duan et al. (NeurIPS 2022) and many after them do; a "
               "random split gives other accuracies.";
}

void heidelberg(DatasetInfo& info, const char* name,
                const std::vector<std::pair<const char*, const char*>>& splits) {
  for (const auto& [split, md5] : splits) {
    const std::string file = std::string(name) + "_" + split + ".h5.zip";
    info.files.push_back(file_of(file, {"https://zenkelab.org/datasets/" + file}, md5));
  }
  info.steps = "The files are the same unpacked (NAME.h5), as .h5.gz or as .h5.zip.";
}

void ntidigits(DatasetInfo& info) {
  info.files = {file_of("n-tidigits.hdf5",
                        {"https://www.dropbox.com/scl/fi/1x4lxt9yyw25sc3tez8oi/n-tidigits.hdf5?"
                         "e=2&rlkey=w8gi5udvib2zqzosusa5tr3wq&dl=1"},
                        "360a2d11e5429555c9197381cf6b58e0")};
  info.notes = "Recordings of one digit; those of several digits, which have no one class, are left "
               "out.";
}

void st_mnist(DatasetInfo& info) {
  info.steps = "Open https://scholarbank.nus.edu.sg/bitstream/10635/168106/2/"
               "STMNIST%20dataset%20NUS%20Tee%20Research%20Group.zip in a browser, fill in the "
               "form, download and unpack the archive and give its folder with --data.";
  info.notes = "There is no official split: volley takes of each class every fifth file, from the "
               "first, as Test and the others as Train.";
}

void asl_dvs(DatasetInfo& info) {
  info.steps = "Open https://www.dropbox.com/sh/ibq0jsicatn7l6r/AACNrNELV56rs1YInMWUs9CAa in a "
               "browser, download the folder, unpack it and the zip files inside, and give the "
               "folder of the letters with --data.";
  info.notes = "There is no official split: volley takes of each class every fifth file, from the "
               "first, as Test and the others as Train. The archive is packed anew for each "
               "download, so that no digest is known.";
}

void poker_dvs(DatasetInfo& info) {
  info.steps = "Get pips_train and pips_test, the recordings as NumPy files that Tonic offers (MD5 "
               "of pips_train.tar.gz 412bcfb96826e4fcb290558e8c150aae, of pips_test.tar.gz "
               "eef2bf7d0d3defae89a6fa98b07c17af), unpack them into one folder and give it with "
               "--data. The authors' own recordings: "
               "http://www2.imse-cnm.csic.es/caviar/POKERDVS.html";
}

void fsdd(DatasetInfo& info) {
  info.files = {file_of(
      "free-spoken-digit-dataset.tar.gz",
      {"https://github.com/Jakobovski/free-spoken-digit-dataset/archive/"
       "26eb9aaf76e81b692f806f9140c2d2777410d7a1.tar.gz"},
      "")};
  info.notes = "Takes 0 to 4 of each speaker and digit are Test, as the authors say. The archive is "
               "packed by the site, so that no digest is known.";
}

}  // namespace

std::vector<std::string> digit_names() {
  std::vector<std::string> names;
  for (int digit = 0; digit < 10; ++digit) names.push_back(std::to_string(digit));
  return names;
}

void add_published_files(DatasetInfo& info) {
  if (info.name == "fashion-mnist") fashion_mnist(info);
  if (info.name == "mnist") mnist(info);
  if (info.name == "nmnist") nmnist(info);
  if (info.name == "ncaltech101") ncaltech101(info);
  if (info.name == "dvs-gesture") dvs_gesture(info);
  if (info.name == "cifar10-dvs") cifar10_dvs(info);
  if (info.name == "shd")
    heidelberg(info, "shd", {{"train", "f3252aeb598ac776c1b526422d90eecb"},
                             {"test", "1503a5064faa34311c398fb0a1ed0a6f"}});
  if (info.name == "ssc")
    heidelberg(info, "ssc", {{"train", "d102be95e7144fcc0553d1f45ba94170"},
                             {"valid", "b4eee3516a4a90dd0c71a6ac23a8ae43"},
                             {"test", "a35ff1e9cffdd02a20eb850c17c37748"}});
  if (info.name == "ntidigits") ntidigits(info);
  if (info.name == "st-mnist") st_mnist(info);
  if (info.name == "asl-dvs") asl_dvs(info);
  if (info.name == "poker-dvs") poker_dvs(info);
  if (info.name == "fsdd") fsdd(info);
}

}  // namespace volley
