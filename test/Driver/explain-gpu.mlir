// With a GPU among the targets, the report names the kernels of each layer; the
// host chooses among those of a neuron by the sizes of a call.
// RUN: snnc --explain %s --target=x86-64-v3 --target=cuda:sm_90 --numerics=exact | FileCheck %s
// RUN: snnc --explain %s --target=cuda:sm_90 | FileCheck %s --check-prefix=BOUNDED
// RUN: snnc --explain %s --target=x86-64-v3 | FileCheck %s --check-prefix=CPU
// RUN: snnc %s --target=x86-64-v3 --target=cuda:sm_90 --numerics=exact -o %t
// RUN: %t --report | FileCheck %s --check-prefix=JSON

// CHECK: {{^hidden +lif }}
// CHECK: {{^  gpu +hidden_team1; hidden_chunks1; hidden_repair1; hidden_finish1; hidden_loop1$}}
// CHECK: {{^linear0 +linear$}}
// CHECK: {{^  gpu +linear0_linear_}}
// CHECK: {{^delay0 +delay$}}
// CHECK: {{^  gpu +no kernel of its own$}}

// BOUNDED: {{^hidden +lif +linear.* +scan +B$}}
// BOUNDED: {{^  gpu +.*hidden_scan1}}

// CPU-NOT: gpu

// JSON: "gpu":"hidden_team1; hidden_chunks1;

func.func @net(%x: tensor<?x?x3xf32>, %w: tensor<2x3xf32> {snn.param = "w"})
    -> tensor<?x?x2xf32> {
  %s, %v = snn.lif %x {decay = 0.5, reset = #snn.reset<none>, snn.layer = "hidden", threshold = 1.0}
      : tensor<?x?x3xf32>
  %y = snn.linear %s, %w : tensor<?x?x3xi1>, tensor<2x3xf32>
  %p, %h = snn.delay %y by [2] : tensor<?x?x2xf32>
  return %p : tensor<?x?x2xf32>
}
