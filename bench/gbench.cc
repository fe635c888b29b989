/* The wrapper of Google Benchmark: the only C++ file. It keeps to what versions from 1.7.1 on have in common.
 *
 * SPDX-License-Identifier: MIT */
#include "gbench.h"

#include <benchmark/benchmark.h>

#include <exception>
#include <string>
#include <vector>

namespace {

/* Batches of one task arrive together, when the last of them is done. */
class Reporter : public benchmark::BenchmarkReporter {
public:
  explicit Reporter(tb_gbench_task *task) : task_(task) {}

  bool ReportContext(const Context &) override {
    return true;
  }

  void ReportRuns(const std::vector<Run> &runs) override {
    for (const Run &run : runs) {
      const tb_gbench_task &t = task_[std::stoul(run.run_name.function_name)];
      if (run.run_type == Run::RT_Iteration && run.iterations > 0 && !t.failed)
        t.report(t.arg, run.real_accumulated_time);
    }
  }

private:
  tb_gbench_task *task_;
};

/* A batch that is skipped still counts as an iteration: Google Benchmark aborts when batches of one task differ in that, as
 * those ended by State::SkipWithError do. */
void batch(benchmark::State &state, tb_gbench_task &task, const volatile sig_atomic_t *stop) {
  const bool skip = *stop != 0;
  for (auto _ : state) {
    (void)_;
    double seconds = 0;
    if (!skip && !task.failed)
      task.failed = !task.batch(task.arg, &seconds);
    state.SetIterationTime(seconds);
  }
}

/* All options that matter are given, since each can also come from a BENCHMARK_... variable of the environment. */
void initialize() {
  static std::string options[] = {"tenbin bench",
                                  "--benchmark_enable_random_interleaving=true",
                                  "--benchmark_list_tests=false",
                                  "--benchmark_out=",
                                  "--benchmark_perf_counters=",
                                  "--benchmark_report_aggregates_only=false",
                                  "--benchmark_display_aggregates_only=false",
                                  "--benchmark_min_warmup_time=0",
                                  "--benchmark_dry_run=false",
                                  "--v=0"};
  std::vector<char *> argv;
  for (std::string &option : options)
    argv.push_back(&option[0]);
  int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  benchmark::Initialize(&argc, argv.data());
}

} // namespace

extern "C" bool tb_gbench_run(tb_gbench_task *task, int tasks, const volatile sig_atomic_t *stop) {
  try {
    initialize();
    for (int i = 0; i < tasks; i++) {
      tb_gbench_task &t = task[i];
      t.failed = false;
      const std::string name = std::to_string(i);
      benchmark::RegisterBenchmark(name.c_str(), [&t, stop](benchmark::State &state) { batch(state, t, stop); })
          ->Iterations(1)
          ->Repetitions(t.batches)
          ->UseManualTime();
    }
    Reporter reporter(task);
    if (tasks > 0)
      benchmark::RunSpecifiedBenchmarks(&reporter, ".");
    benchmark::ClearRegisteredBenchmarks();
    return true;
  } catch (const std::exception &) {
    benchmark::ClearRegisteredBenchmarks();
    return false;
  }
}
