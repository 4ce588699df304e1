// A model becomes the llvm dialect, and nothing else, in one pipeline.
// RUN: snn-opt %s --snn-to-llvm-cpu | FileCheck %s
// RUN: snn-opt %s --snn-to-llvm-cpu | FileCheck %s --check-prefix=ONLY
// RUN: snn-opt %s --snn-to-llvm-cpu="lanes=8 row-block=2 column-lanes=8 event-lanes=16" | FileCheck %s --check-prefix=SMALL

// Every line that is an op is of llvm; no cast is left over.
// ONLY-NOT: {{^ *(%[^=]*= )?"?(snn|func|scf|cf|arith|math|linalg|tensor|memref|vector|bufferization|affine|index|ub)\.}}
// ONLY-NOT: unrealized_conversion_cast

// The numbers of the options reach the loops.
//     SMALL: vector<8xf32>
// SMALL-NOT: vector<32xf32>

// A synapse on spikes, a neuron with memory, and a gate: bits are counted,
// sums are lanes, and thresholds are comparisons that NaN fails.
// CHECK-LABEL: llvm.func @model(
//   CHECK-DAG:   "llvm.intr.cttz"
//   CHECK-DAG:   llvm.fadd %{{.*}} : vector<32xf32>
//   CHECK-DAG:   llvm.fcmp "oge" %{{.*}} : vector<32xf32>
//       CHECK:   llvm.return
func.func @model(%x: tensor<?x?x40xi1>,
                 %w: tensor<48x40xf32> {snn.param = "weight"})
    -> tensor<?x?x48xi1> {
  %i = snn.linear %x, %w : tensor<?x?x40xi1>, tensor<48x40xf32>
  %s, %v = snn.lif %i {decay = 0.5, threshold = 1.0} : tensor<?x?x48xf32>
  %g = snn.refractory phase 4 %s : tensor<?x?x48xi1>
  return %g : tensor<?x?x48xi1>
}
