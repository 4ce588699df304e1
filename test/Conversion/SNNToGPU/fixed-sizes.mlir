// Where time and batch are known, scratch memory is, too: kernels keep what is
// said of them, on which their bodies count.
// RUN: snn-opt %s --snn-to-llvm-cuda --split-input-file | FileCheck %s

// A scan of four blocks.
// CHECK-LABEL: @scan(
//       CHECK:   gpu.launch_func {{.*}}scan_hidden_scan1
//  CHECK-SAME:   dynamic_shared_memory_size
func.func @scan(%x: tensor<1000x1x3xf32>) -> tensor<1000x1x3xf32> {
  %y, %v = snn.neuron ins(%x : tensor<1000x1x3xf32>)
      attributes {schedule = #snn.schedule<scan>, snn.layer = "hidden"} {
  ^bb0(%xt: f32, %vt: f32):
    %half = arith.constant 0.5 : f32
    %0 = arith.mulf %half, %vt : f32
    %1 = arith.addf %0, %xt : f32
    snn.yield %1 : f32 state(%1 : f32)
  } -> (tensor<1000x1x3xf32>) state(tensor<1x3xf32>)
  return %y : tensor<1000x1x3xf32>
}

// -----

// 31 chunks of time.
// CHECK-LABEL: @speculate(
//       CHECK:   gpu.launch_func {{.*}}speculate_hidden_chunks1
//       CHECK:   gpu.launch_func {{.*}}speculate_hidden_repair1
//       CHECK:   gpu.launch_func {{.*}}speculate_hidden_finish1
//       CHECK:   llvm.func @speculate_hidden_chunks1({{.*}} gpu.known_block_size = array<i32: 128, 1, 1>
func.func @speculate(%x: tensor<2000x1x3xf32>) -> tensor<2000x1x3xf32> {
  %y, %v = snn.neuron ins(%x : tensor<2000x1x3xf32>)
      attributes {schedule = #snn.schedule<speculate, 34>, snn.layer = "hidden"} {
  ^bb0(%xt: f32, %vt: f32):
    %half = arith.constant 0.5 : f32
    %0 = arith.mulf %half, %vt : f32
    %1 = arith.addf %0, %xt : f32
    snn.yield %1 : f32 state(%1 : f32)
  } -> (tensor<2000x1x3xf32>) state(tensor<1x3xf32>)
  return %y : tensor<2000x1x3xf32>
}
