// The entry allocates from a workspace that it is given.
// RUN: snn-opt %s --snn-use-workspace -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-DAG: llvm.func @snn_workspace_alloc(!llvm.ptr, i64, i64) -> !llvm.ptr
// CHECK-DAG: llvm.func @snn_workspace_free(!llvm.ptr)
// CHECK-NOT: @_mlir_memref_to_llvm
// CHECK-LABEL: llvm.func @model(
//  CHECK-SAME:     %[[BYTES:.*]]: i64, %[[WORKSPACE:.*]]: !llvm.ptr)
//       CHECK:   %[[SITE:.*]] = llvm.mlir.constant(0 : i64) : i64
//       CHECK:   %[[A:.*]] = llvm.call @snn_workspace_alloc(%[[WORKSPACE]], %[[BYTES]], %[[SITE]])
//       CHECK:   llvm.call @snn_workspace_free(%[[A]])
llvm.func @_mlir_memref_to_llvm_aligned_alloc(i64, i64) -> !llvm.ptr
llvm.func @_mlir_memref_to_llvm_free(!llvm.ptr)
llvm.func @model(%bytes: i64) {
  %alignment = llvm.mlir.constant(64 : i64) : i64
  %0 = llvm.call @_mlir_memref_to_llvm_aligned_alloc(%alignment, %bytes)
      : (i64, i64) -> !llvm.ptr
  llvm.call @_mlir_memref_to_llvm_free(%0) : (!llvm.ptr) -> ()
  llvm.return
}

// -----

// The wrapper hands its workspace on, attributes of arguments stay where they
// are, and each allocation is another site. The function with the bound has no
// workspace.
// CHECK-LABEL: llvm.func @snn_workspace_bytes(
//  CHECK-SAME:     %{{[^:]*}}: i64, %{{[^:]*}}: i64) -> i64
// CHECK-LABEL: llvm.func @model(
//  CHECK-SAME:     %[[IN:.*]]: !llvm.ptr {llvm.noalias}, %[[N:.*]]: i64, %[[WORKSPACE:[^:]*]]: !llvm.ptr)
//       CHECK:   %[[FIRST:.*]] = llvm.mlir.constant(0 : i64) : i64
//       CHECK:   llvm.call @snn_workspace_alloc(%[[WORKSPACE]], %[[N]], %[[FIRST]])
//       CHECK:   %[[SECOND:.*]] = llvm.mlir.constant(1 : i64) : i64
//       CHECK:   llvm.call @snn_workspace_alloc(%[[WORKSPACE]], %[[N]], %[[SECOND]])
// CHECK-LABEL: llvm.func @_mlir_ciface_model(
//  CHECK-SAME:     %[[IN:.*]]: !llvm.ptr, %[[N:.*]]: i64, %[[WORKSPACE:.*]]: !llvm.ptr)
//       CHECK:   llvm.call @model(%[[IN]], %[[N]], %[[WORKSPACE]])
llvm.func @_mlir_memref_to_llvm_aligned_alloc(i64, i64) -> !llvm.ptr
llvm.func @snn_workspace_bytes(%steps: i64, %batch: i64) -> i64 {
  llvm.return %steps : i64
}
llvm.func @model(%in: !llvm.ptr {llvm.noalias}, %n: i64) {
  %alignment = llvm.mlir.constant(64 : i64) : i64
  %0 = llvm.call @_mlir_memref_to_llvm_aligned_alloc(%alignment, %n)
      : (i64, i64) -> !llvm.ptr
  %1 = llvm.call @_mlir_memref_to_llvm_aligned_alloc(%alignment, %n)
      : (i64, i64) -> !llvm.ptr
  llvm.return
}
llvm.func @_mlir_ciface_model(%in: !llvm.ptr, %n: i64) {
  llvm.call @model(%in, %n) : (!llvm.ptr, i64) -> ()
  llvm.return
}

// -----

// An entry that allocates nothing has the argument as well.
// CHECK-LABEL: llvm.func @model(
//  CHECK-SAME:     %{{[^:]*}}: i64, %{{[^:]*}}: !llvm.ptr)
//   CHECK-NOT:   llvm.call
llvm.func @model(%n: i64) {
  llvm.return
}

// -----

// A private function is given no workspace.
llvm.func @_mlir_memref_to_llvm_aligned_alloc(i64, i64) -> !llvm.ptr
llvm.func @helper(%n: i64) attributes {sym_visibility = "private"} {
  %alignment = llvm.mlir.constant(64 : i64) : i64
  // expected-error @+1 {{expected allocations in the entry only}}
  %0 = llvm.call @_mlir_memref_to_llvm_aligned_alloc(%alignment, %n)
      : (i64, i64) -> !llvm.ptr
  llvm.return
}
