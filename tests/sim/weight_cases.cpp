#include "weight_cases.hpp"

#include "models/weight_facts.hpp"

namespace volley {

namespace {

/// Kinds of levels, in their plainest form.
std::vector<WeightCase> kinds() {
  std::vector<WeightCase> all;
  const auto add = [&](const char* name, auto... changes) {
    WeightQuantizer quantizer;
    (changes(quantizer), ...);
    all.push_back({name, quantizer});
  };
  const auto bits = [](int count) { return [count](WeightQuantizer& q) { q.bits = count; }; };
  const auto levels = [](WeightLevels kind) {
    return [kind](WeightQuantizer& q) { q.levels = kind; };
  };
  const auto pattern = [](int kept, int of) {
    return [kept, of](WeightQuantizer& q) { q.kept = kept, q.of = of; };
  };
  const auto sparse = [](double share) {
    return [share](WeightQuantizer& q) { q.sparsity = share; };
  };
  const auto range = [](WeightRange kind) {
    return [kind](WeightQuantizer& q) { q.range = kind; };
  };
  const auto asymmetric = [](WeightQuantizer& q) { q.grid = WeightGrid::asymmetric; };
  add("one_bit", bits(1));
  add("two_bits", bits(2));
  add("three_bits_clipped", bits(3), [](WeightQuantizer& q) { q.deviations = 0.9; });
  add("four_bits_absmax", bits(4), range(WeightRange::absmax));
  add("two_bits_asymmetric", bits(2), asymmetric);
  add("three_bits_minmax", bits(3), asymmetric, range(WeightRange::minmax));
  add("eight_bits_asymmetric", bits(8), asymmetric);
  add("ternary", levels(WeightLevels::ternary));
  add("sparse", sparse(0.6));
  add("sparse_three_bits", bits(3), sparse(0.5));
  add("sparse_sign", levels(WeightLevels::sign), sparse(0.4));
  add("two_of_four", pattern(2, 4));
  add("two_of_four_adjacent", pattern(2, 4), [](WeightQuantizer& q) { q.interleaved = false; });
  add("two_of_four_four_bits", bits(4), pattern(2, 4));
  add("two_of_four_sign", levels(WeightLevels::sign), pattern(2, 4));
  add("two_of_four_unipolar", levels(WeightLevels::unipolar), pattern(2, 4));
  add("one_of_four_unipolar", levels(WeightLevels::unipolar), pattern(1, 4));
  return all;
}

}  // namespace

std::vector<WeightCase> weight_cases() {
  std::vector<WeightCase> all = kinds();
  const std::vector<WeightCase> plain = all;
  constexpr const char* group_names[] = {"channel", "tensor", "sub_channel", "mixed"};
  constexpr const char* estimator_names[] = {"denoise", "constant", "straight_through"};
  // Groups, estimators and intercepts all with one another, each with another kind.
  std::size_t next = 0;
  for (int group = 0; group < 4; ++group)
    for (int estimator = 0; estimator < 3; ++estimator)
      for (const bool intercept : {true, false}) {
        if (group == 0 && estimator == 0 && intercept) continue;  // the plain ones
        if (group == 3 && !intercept) continue;                   // refused
        for (int repeat = 0; repeat < 3; ++repeat) {
          WeightCase made = plain[next++ % plain.size()];
          WeightQuantizer& quantizer = made.quantizer;
          quantizer.group = static_cast<WeightGroup>(group);
          if (quantizer.group == WeightGroup::sub_channel) quantizer.group_size = 8;
          quantizer.estimator = static_cast<WeightEstimator>(estimator);
          quantizer.intercept = intercept;
          made.name += std::string("_") + group_names[group] + "_" + estimator_names[estimator] +
                       (intercept ? "" : "_without_intercept");
          all.push_back(made);
        }
      }
  for (const WeightCase& each : all) check_weights(each.quantizer, each.name);
  return all;
}

}  // namespace volley
