// bf16 values, vectors, constants and types in memory become their bits.
// RUN: snn-opt %s --snn-store-bfloats-as-integers | FileCheck %s

// CHECK-LABEL: llvm.func @move(
//   CHECK-NOT:   bf16
//       CHECK:   llvm.load %{{.*}} : !llvm.ptr -> vector<4xi16>
//       CHECK:   llvm.getelementptr %{{.*}}[4] : (!llvm.ptr) -> !llvm.ptr, i16
//       CHECK:   llvm.mlir.constant(16256 : i16) : i16
//       CHECK:   llvm.mlir.constant(dense<[16256, -16384]> : vector<2xi16>) : vector<2xi16>
//   CHECK-NOT:   bf16
//       CHECK:   llvm.return
llvm.func @move(%p: !llvm.ptr) {
  %v = llvm.load %p : !llvm.ptr -> vector<4xbf16>
  llvm.store %v, %p : vector<4xbf16>, !llvm.ptr
  %q = llvm.getelementptr %p[4] : (!llvm.ptr) -> !llvm.ptr, bf16
  %one = llvm.mlir.constant(1.0 : bf16) : bf16
  llvm.store %one, %q : bf16, !llvm.ptr
  %two = llvm.mlir.constant(dense<[1.0, -2.0]> : vector<2xbf16>) : vector<2xbf16>
  llvm.store %two, %q : vector<2xbf16>, !llvm.ptr
  llvm.return
}
