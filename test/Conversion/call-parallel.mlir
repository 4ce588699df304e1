// Calls of functions of iterations go to the pool, their arguments through a
// structure on the stack.
// RUN: snn-opt %s --snn-call-parallel | FileCheck %s

// CHECK: llvm.func @snn_parallel_for(i64, i64, !llvm.ptr, !llvm.ptr)

// CHECK-LABEL: llvm.func @f_thunk(
//  CHECK-SAME:   %[[CONTEXT:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64)
//       CHECK:   %[[SLOT0:.*]] = llvm.getelementptr %[[CONTEXT]][0, 0]
//       CHECK:   %[[P:.*]] = llvm.load %[[SLOT0]] : !llvm.ptr -> !llvm.ptr
//       CHECK:   %[[SLOT1:.*]] = llvm.getelementptr %[[CONTEXT]][0, 1]
//       CHECK:   %[[X:.*]] = llvm.load %[[SLOT1]] : !llvm.ptr -> f32
//       CHECK:   llvm.call @f(%[[BEGIN]], %[[END]], %[[P]], %[[X]])
llvm.func @f(%begin: i64, %end: i64, %p: !llvm.ptr, %x: f32)
    attributes {snn.parallel} {
  llvm.return
}

// CHECK-LABEL: llvm.func @caller(
//  CHECK-SAME:   %[[N:.*]]: i64, %[[P:.*]]: !llvm.ptr, %[[X:.*]]: f32)
//       CHECK:   %[[MEMORY:.*]] = llvm.alloca %{{.*}} x !llvm.struct<(ptr, f32)>
//       CHECK:   llvm.store %[[P]]
//       CHECK:   llvm.store %[[X]]
//       CHECK:   %[[THUNK:.*]] = llvm.mlir.addressof @f_thunk
//       CHECK:   llvm.call @snn_parallel_for(%[[N]], %{{.*}}, %[[THUNK]], %[[MEMORY]])
//   CHECK-NOT:   llvm.call @f(
llvm.func @caller(%n: i64, %p: !llvm.ptr, %x: f32) {
  %c0 = llvm.mlir.constant(0 : i64) : i64
  llvm.call @f(%c0, %n, %p, %x) : (i64, i64, !llvm.ptr, f32) -> ()
  llvm.return
}

// Other calls stay.
// CHECK-LABEL: llvm.func @other(
//       CHECK:   llvm.call @g()
llvm.func @g()
llvm.func @other() {
  llvm.call @g() : () -> ()
  llvm.return
}
