// How much memory a window takes: a bound of each allocation, by steps and
// batch, as blocks of 64 bytes with a header each.
// RUN: snn-opt %s --snn-bound-workspace --canonicalize -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @snn_workspace_bytes(
//  CHECK-SAME:     %[[T:.*]]: i64, %[[B:.*]]: i64) -> i64
//   CHECK-DAG:   %[[STEPS:.*]] = arith.index_cast %[[T]] : i64 to index
//   CHECK-DAG:   %[[BATCH:.*]] = arith.index_cast %[[B]] : i64 to index
//       CHECK:   %[[ROWS:.*]] = arith.muli %[[STEPS]], %c16
//       CHECK:   %[[BYTES:.*]] = arith.muli %[[ROWS]], %[[BATCH]]
//       CHECK:   %[[UP:.*]] = arith.addi %[[BYTES]], %c127
//       CHECK:   %[[BLOCKS:.*]] = arith.andi %[[UP]], %c-64
//       CHECK:   %[[RESULT:.*]] = arith.index_cast %[[BLOCKS]] : index to i64
//       CHECK:   return %[[RESULT]]
// The entry stays, without what LLVM does not know.
// CHECK-LABEL: func.func @model(
//  CHECK-SAME:     %{{.*}}: memref<?x?x4xf32>)
func.func @model(%x: memref<?x?x4xf32> {snn.sequence}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = memref.dim %x, %c0 : memref<?x?x4xf32>
  %b = memref.dim %x, %c1 : memref<?x?x4xf32>
  %a = memref.alloc(%t, %b) : memref<?x?x4xf32>
  memref.copy %x, %a : memref<?x?x4xf32> to memref<?x?x4xf32>
  memref.dealloc %a : memref<?x?x4xf32>
  return
}

// -----

// Without a dynamic size, the bound is a number: 24 bytes take a block of 64
// and its header; 65 bytes of spikes take two; an index has 8 bytes.
// CHECK-LABEL: func.func @snn_workspace_bytes(
//       CHECK:   %[[SUM:.*]] = arith.constant 448 : i64
//       CHECK:   return %[[SUM]]
func.func @model() {
  %a = memref.alloc() : memref<3x2xf32>
  %b = memref.alloc() : memref<65xi1>
  %c = memref.alloc() : memref<8xindex>
  memref.dealloc %a : memref<3x2xf32>
  memref.dealloc %b : memref<65xi1>
  memref.dealloc %c : memref<8xindex>
  return
}

// -----

// Nothing is allocated: nothing is needed.
// CHECK-LABEL: func.func @snn_workspace_bytes(
//       CHECK:   %[[NONE:.*]] = arith.constant 0 : i64
//       CHECK:   return %[[NONE]]
func.func @model(%x: memref<?x4xf32>) {
  return
}

// -----

// What an iteration frees counts once; what it hands on to the next one is
// there twice, as the loop carries one. 128 + 2 * 128 bytes, and 128 of the
// first.
// CHECK-LABEL: func.func @snn_workspace_bytes(
//       CHECK:   %[[SUM:.*]] = arith.constant 512 : i64
//       CHECK:   return %[[SUM]]
func.func @model(%x: memref<?x4xf32> {snn.sequence}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = memref.dim %x, %c0 : memref<?x4xf32>
  %first = memref.alloc() : memref<4xf32>
  %last = scf.for %i = %c0 to %t step %c1 iter_args(%v = %first) -> (memref<4xf32>) {
    %freed = memref.alloc() : memref<4xf32>
    memref.copy %v, %freed : memref<4xf32> to memref<4xf32>
    %next = memref.alloc() : memref<4xf32>
    memref.copy %freed, %next : memref<4xf32> to memref<4xf32>
    memref.dealloc %freed : memref<4xf32>
    memref.dealloc %v : memref<4xf32>
    scf.yield %next : memref<4xf32>
  }
  memref.dealloc %last : memref<4xf32>
  return
}

// -----

// A loop in a loop: each of those that either carries may hold one. 128 of the
// first, and 4 * 128.
// CHECK-LABEL: func.func @snn_workspace_bytes(
//       CHECK:   %[[SUM:.*]] = arith.constant 640 : i64
//       CHECK:   return %[[SUM]]
func.func @model(%x: memref<?x4xf32> {snn.sequence}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = memref.dim %x, %c0 : memref<?x4xf32>
  %first = memref.alloc() : memref<4xf32>
  %a, %b = scf.for %i = %c0 to %t step %c1 iter_args(%v = %first, %w = %first)
      -> (memref<4xf32>, memref<4xf32>) {
    %u = scf.for %j = %c0 to %t step %c1 iter_args(%z = %v) -> (memref<4xf32>) {
      %next = memref.alloc() : memref<4xf32>
      scf.yield %next : memref<4xf32>
    }
    scf.yield %u, %v : memref<4xf32>, memref<4xf32>
  }
  return
}

// -----

// A carried memref keeps the sizes that it starts with; those of a view are its
// own. Both are rows of the batch here.
// CHECK-LABEL: func.func @snn_workspace_bytes(
//  CHECK-SAME:     %{{.*}}: i64, %[[B:.*]]: i64)
//       CHECK:   %[[BATCH:.*]] = arith.index_cast %[[B]]
//       CHECK:   arith.muli %[[BATCH]], %c16
//       CHECK:   arith.addi
//       CHECK:   arith.andi
//       CHECK:   arith.muli %[[BATCH]], %c8
//       CHECK:   arith.addi
//       CHECK:   arith.andi
func.func @model(%x: memref<?x?x4xf32> {snn.sequence}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = memref.dim %x, %c0 : memref<?x?x4xf32>
  %b = memref.dim %x, %c1 : memref<?x?x4xf32>
  %row = memref.subview %x[0, 0, 0] [1, %b, 4] [1, 1, 1]
      : memref<?x?x4xf32> to memref<?x4xf32, strided<[4, 1]>>
  %size = memref.dim %row, %c0 : memref<?x4xf32, strided<[4, 1]>>
  %first = memref.alloc(%size) : memref<?x4xf32>
  %last = scf.for %i = %c0 to %t step %c1 iter_args(%v = %first) -> (memref<?x4xf32>) {
    %carried = memref.dim %v, %c0 : memref<?x4xf32>
    %next = memref.alloc(%carried) : memref<?x2xf32>
    memref.dealloc %next : memref<?x2xf32>
    scf.yield %v : memref<?x4xf32>
  }
  memref.dealloc %last : memref<?x4xf32>
  return
}

// -----

// The rest of a loop over tiles is at most a tile, and an index of a loop is
// below its end.
// CHECK-LABEL: func.func @snn_workspace_bytes(
//  CHECK-SAME:     %[[T:.*]]: i64, %{{.*}}: i64)
//       CHECK:   %[[STEPS:.*]] = arith.index_cast %[[T]]
//       CHECK:   %[[TILE:.*]] = arith.minui %[[STEPS]], %c32
//       CHECK:   arith.muli %[[TILE]], %c4
//       CHECK:   arith.muli %[[STEPS]], %c4
func.func @model(%x: memref<?x4xf32> {snn.sequence}) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %t = memref.dim %x, %c0 : memref<?x4xf32>
  scf.for %i = %c0 to %t step %c32 {
    %rest = arith.subi %t, %i : index
    %tile = arith.minsi %rest, %c32 : index
    %a = memref.alloc(%tile) : memref<?xf32>
    memref.dealloc %a : memref<?xf32>
    %before = memref.alloc(%i) : memref<?xf32>
    memref.dealloc %before : memref<?xf32>
  }
  return
}

// -----

// The same by affine maps, of which the least result bounds the tile, without
// what is taken away from it. A quotient is rounded up.
// CHECK-LABEL: func.func @snn_workspace_bytes(
//  CHECK-SAME:     %[[T:.*]]: i64, %{{.*}}: i64)
//       CHECK:   %[[STEPS:.*]] = arith.index_cast %[[T]]
//       CHECK:   %[[TILE:.*]] = arith.minui %[[STEPS]], %c8
//       CHECK:   arith.muli %[[TILE]], %c4
//       CHECK:   arith.divsi %{{.*}}, %c32
func.func @model(%x: memref<?x4xf32> {snn.sequence}) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %t = memref.dim %x, %c0 : memref<?x4xf32>
  scf.for %i = %c0 to %t step %c8 {
    %tile = affine.min affine_map<(d0)[s0] -> (s0 - d0, 8)>(%i)[%t]
    %a = memref.alloc(%tile) : memref<?xf32>
    memref.dealloc %a : memref<?xf32>
  }
  %words = affine.apply affine_map<()[s0] -> (s0 ceildiv 32)>()[%t]
  %b = memref.alloc(%words) : memref<?xi32>
  memref.dealloc %b : memref<?xi32>
  return
}

// -----

// Merged dimensions are a product; those of a reinterpretation are given.
// CHECK-LABEL: func.func @snn_workspace_bytes(
//  CHECK-SAME:     %[[T:.*]]: i64, %[[B:.*]]: i64)
//   CHECK-DAG:   %[[STEPS:.*]] = arith.index_cast %[[T]]
//   CHECK-DAG:   %[[BATCH:.*]] = arith.index_cast %[[B]]
//       CHECK:   arith.muli %[[STEPS]], %[[BATCH]]
func.func @model(%x: memref<?x?x4xf32> {snn.sequence}) {
  %c0 = arith.constant 0 : index
  %rows = memref.collapse_shape %x [[0, 1], [2]]
      : memref<?x?x4xf32> into memref<?x4xf32>
  %size = memref.dim %rows, %c0 : memref<?x4xf32>
  %a = memref.alloc(%size) : memref<?xf32>
  memref.dealloc %a : memref<?xf32>
  return
}

// -----

// Private functions have no window.
// CHECK-NOT: @snn_workspace_bytes
func.func private @helper(%n: index) {
  %a = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %a : memref<?xf32>
  return
}

// -----

// A size that is read from memory has no bound.
func.func @model(%sizes: memref<4xindex>) {
  %c0 = arith.constant 0 : index
  %n = memref.load %sizes[%c0] : memref<4xindex>
  // expected-error @+1 {{expected a size that steps and batch bound}}
  %a = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %a : memref<?xf32>
  return
}

// -----

// Nor has one that grows with each iteration.
func.func @model(%x: memref<?x4xf32> {snn.sequence}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = memref.dim %x, %c0 : memref<?x4xf32>
  %n = scf.for %i = %c0 to %t step %c1 iter_args(%size = %c1) -> (index) {
    %twice = arith.addi %size, %size : index
    // expected-error @+1 {{expected a size that steps and batch bound}}
    %a = memref.alloc(%twice) : memref<?xf32>
    memref.dealloc %a : memref<?xf32>
    scf.yield %twice : index
  }
  return
}

// -----

// Only one of the two sizes is known.
func.func @model(%x: memref<?x4xf32> {snn.sequence}, %n: index) {
  %c0 = arith.constant 0 : index
  %t = memref.dim %x, %c0 : memref<?x4xf32>
  // expected-error @+1 {{expected a size that steps and batch bound}}
  %a = memref.alloc(%t, %n) : memref<?x?xf32>
  memref.dealloc %a : memref<?x?xf32>
  return
}

// -----

// What shares a number of threads among the elements of a batch: with any batch
// its product with the batch is at most 65536 / 3, here of 12 bytes, however many
// steps there are.
// CHECK-LABEL: func.func @snn_workspace_bytes(
//       CHECK:   %[[CHUNKS:.*]] = arith.divui %{{.*}}, %c68
//       CHECK:   %[[LEAST:.*]] = arith.minui %[[CHUNKS]], %c65536
//       CHECK:   %[[ROWS:.*]] = arith.muli %[[LEAST]], %c12
//       CHECK:   %[[ALL:.*]] = arith.muli %[[ROWS]], %{{.*}} : index
//       CHECK:   %[[BYTES:.*]] = arith.minui %[[ALL]], %c262140
//       CHECK:   arith.addi %[[BYTES]], %c127
func.func @model(%x: memref<?x?x3xf32> {snn.sequence}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c68 = arith.constant 68 : index
  %c65536 = arith.constant 65536 : index
  %t = memref.dim %x, %c0 : memref<?x?x3xf32>
  %b = memref.dim %x, %c1 : memref<?x?x3xf32>
  %0 = arith.divui %t, %c68 : index
  %1 = arith.muli %b, %c3 : index
  %2 = arith.maxsi %1, %c1 : index
  %3 = arith.divui %c65536, %2 : index
  %4 = arith.minsi %0, %3 : index
  %5 = arith.cmpi uge, %4, %c2 : index
  %6 = arith.select %5, %4, %c0 : index
  %a = memref.alloc(%6, %b) : memref<?x?x3xf32>
  memref.dealloc %a : memref<?x?x3xf32>
  return
}
