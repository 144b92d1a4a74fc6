// Ranks by MPI. All calls are nonblocking ones that are asked for their end, so that a rank that
// waits sees when another has died; the launcher ends the job then too, but says less.
#include <mpi.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "sim/instruction_set.hpp"
#include "sim/launched_ranks.hpp"

namespace volley {

namespace {

using Clock = std::chrono::steady_clock;

/// A process as the others see it.
struct Process {
  std::int64_t id = 0;
  std::array<char, 112> place{};  ///< machine and process namespace: ids of others mean nothing here
  std::array<char, 32> instruction_set{};
};

Process this_process() {
  Process own;
  own.id = ::getpid();
  std::array<char, 64> machine{};
  ::gethostname(machine.data(), machine.size() - 1);
  std::array<char, 40> space{};
  if (::readlink("/proc/self/ns/pid", space.data(), space.size() - 1) < 0) space.front() = '\0';
  std::snprintf(own.place.data(), own.place.size(), "%s %s", machine.data(), space.data());
  std::snprintf(own.instruction_set.data(), own.instruction_set.size(), "%s",
                instruction_set().c_str());
  return own;
}

int asked(int (*question)(MPI_Comm, int*)) {
  int answer = 0;
  question(MPI_COMM_WORLD, &answer);
  return answer;
}

}  // namespace

class LaunchedRanks::Mpi final : public Ranks {
public:
  Mpi() : Ranks(asked(MPI_Comm_rank), asked(MPI_Comm_size)) {
    MPI_Comm_dup(MPI_COMM_WORLD, &failing_);
    processes_.resize(static_cast<std::size_t>(size()));
    processes_[static_cast<std::size_t>(rank())] = this_process();
    std::vector<std::size_t> ends;
    for (std::size_t k = 1; k <= processes_.size(); ++k) ends.push_back(k);
    volley::complete<Process>(*this, processes_, std::move(ends));
  }

  void complete(std::span<std::byte> whole, std::span<const std::size_t> ends) const override {
    if (whole.size() > INT_MAX) return complete_large(whole, ends);
    std::vector<int> counts, starts;
    for (std::size_t k = 0; k < ends.size(); ++k) {
      starts.push_back(static_cast<int>(k == 0 ? 0 : ends[k - 1]));
      counts.push_back(static_cast<int>(ends[k]) - starts.back());
    }
    MPI_Request request;
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, whole.data(), counts.data(),
                    starts.data(), MPI_BYTE, MPI_COMM_WORLD, &request);
    wait(request);
  }

  RankBytes exchange(std::span<const std::byte> own) const override {
    // Little is sent together with its length, more after the lengths.
    std::vector<Letter> letters(static_cast<std::size_t>(size()));
    Letter& mine = letters[static_cast<std::size_t>(rank())];
    mine.length = own.size();
    std::copy_n(own.begin(), std::min(own.size(), mine.bytes.size()), mine.bytes.begin());
    MPI_Request request;
    MPI_Iallgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, letters.data(), sizeof(Letter), MPI_BYTE,
                   MPI_COMM_WORLD, &request);
    wait(request);
    RankBytes all;
    bool little = true;
    for (const Letter& letter : letters) {
      all.ends.push_back((all.ends.empty() ? 0 : all.ends.back()) + letter.length);
      little = little && letter.length <= letter.bytes.size();
    }
    all.bytes.resize(all.ends.back());
    const auto start = [&](std::size_t k) { return k == 0 ? 0 : all.ends[k - 1]; };
    if (!little) {
      std::copy(own.begin(), own.end(),
                all.bytes.begin() + static_cast<std::ptrdiff_t>(
                                        start(static_cast<std::size_t>(rank()))));
      complete(all.bytes, all.ends);
      return all;
    }
    for (std::size_t k = 0; k < letters.size(); ++k)
      std::copy_n(letters[k].bytes.begin(), letters[k].length,
                  all.bytes.begin() + static_cast<std::ptrdiff_t>(start(k)));
    return all;
  }

  const std::vector<Process>& processes() const { return processes_; }
  /// A rank that has died, or -1.
  int died() const { return died_; }
  bool first_alive() const { return rank() == (died_ == 0 ? 1 : 0); }

  bool all_fail() const {
    if (died_ >= 0) return false;
    MPI_Request request;
    MPI_Ibarrier(failing_, &request);
    for (const auto start = Clock::now(); Clock::now() - start < std::chrono::seconds(3);) {
      int done = 0;
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
      if (done != 0) return true;
      look_for_dead();
      if (died_ >= 0) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

private:
  struct Letter {
    std::uint64_t length = 0;
    std::array<std::byte, 504> bytes{};
  };

  /// More bytes than MPI can count at once: part by part.
  void complete_large(std::span<std::byte> whole, std::span<const std::size_t> ends) const {
    constexpr std::size_t most = std::size_t{1} << 30;
    std::size_t at = 0;
    for (int rank = 0; rank < size(); ++rank)
      for (const std::size_t end = ends[static_cast<std::size_t>(rank)]; at < end;) {
        const std::size_t count = std::min(most, end - at);
        MPI_Request request;
        MPI_Ibcast(whole.data() + at, static_cast<int>(count), MPI_BYTE, rank, MPI_COMM_WORLD,
                   &request);
        wait(request);
        at += count;
      }
  }

  void wait(MPI_Request& request) const {
    constexpr int spins = 2000;  // then others may need the core
    Clock::time_point next_look{};
    for (int tries = 0;; ++tries) {
      int done = 0;
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
      if (done != 0) return;
      if (tries < spins) continue;
      if (tries < 2 * spins) {
        std::this_thread::yield();
        continue;
      }
      std::this_thread::sleep_for(std::chrono::microseconds(20));
      const auto now = Clock::now();
      if (now < next_look) continue;
      next_look = now + std::chrono::milliseconds(20);
      look_for_dead();
      if (died_ >= 0)
        throw Error("rank " + std::to_string(died_) + " of " + std::to_string(size()) +
                        " has died (process " + std::to_string(process(died_).id) +
                        "): the job ends",
                    {}, "start it again; a training run goes on from the model that it saved last "
                        "(volley train --resume)");
    }
  }

  const Process& process(int rank) const { return processes_[static_cast<std::size_t>(rank)]; }

  void look_for_dead() const {
    for (int other = 0; other < size() && died_ < 0; ++other)
      if (other != rank() && process(other).place == process(rank()).place &&
          ::kill(static_cast<pid_t>(process(other).id), 0) != 0 && errno == ESRCH)
        died_ = other;
  }

  std::vector<Process> processes_;
  MPI_Comm failing_ = MPI_COMM_NULL;
  mutable int died_ = -1;
};

bool has_mpi() { return true; }

LaunchedRanks::LaunchedRanks() {
  if (launch().size == 1) return;
  int provided = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  mpi_ = std::make_unique<Mpi>();
}

LaunchedRanks::~LaunchedRanks() {
  if (mpi_ == nullptr) return;
  std::fflush(nullptr);  // a launcher may end the others as soon as one has ended
  MPI_Finalize();
}

const Ranks& LaunchedRanks::ranks() const {
  if (mpi_ == nullptr) return one_rank();
  return *mpi_;
}

void LaunchedRanks::check() const {
  if (mpi_ == nullptr) return;
  const Process& first = mpi_->processes().front();
  for (const Process& each : mpi_->processes())
    if (each.instruction_set != first.instruction_set)
      throw Error(std::string("machines differ in instruction set (") +
                      first.instruction_set.data() + " and " + each.instruction_set.data() +
                      "), and their numbers would differ in the last bit",
                  "mpirun", "choose machines of one kind with mpirun --host");
}

bool LaunchedRanks::speaks() const { return mpi_ == nullptr || mpi_->first_alive(); }
bool LaunchedRanks::broken() const { return mpi_ != nullptr && mpi_->died() >= 0; }
bool LaunchedRanks::all_fail() { return mpi_ == nullptr || mpi_->all_fail(); }

void LaunchedRanks::end_all(int exit_code) {
  std::fflush(nullptr);
  if (mpi_ != nullptr && mpi_->died() < 0) MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

}  // namespace volley
