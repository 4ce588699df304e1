// RUN: snn-opt %s --snn-call-intrinsics | FileCheck %s

// What convert-gpu-to-nvvm would have a library compute.
// CHECK-LABEL: llvm.func @calls(
//   CHECK-NOT:   llvm.intr.sqrt
//       CHECK:   llvm.call_intrinsic "llvm.fabs"
//       CHECK:   llvm.call_intrinsic "llvm.sqrt"
//       CHECK:   llvm.call_intrinsic "llvm.copysign"
//       CHECK:   llvm.intr.fma
llvm.func @calls(%x: f32) -> f32 {
  %0 = llvm.intr.fabs(%x) : (f32) -> f32
  %1 = llvm.intr.sqrt(%0) : (f32) -> f32
  %2 = llvm.intr.copysign(%1, %x) : (f32, f32) -> f32
  %3 = llvm.intr.fma(%2, %1, %x) : (f32, f32, f32) -> f32
  llvm.return %3 : f32
}
