// Convolutions along time: tiles of steps and neurons, or Fourier transforms.
// RUN: snn-opt %s --convert-snn-to-linalg="vector-lanes=8 row-block=4 column-lanes=16" --canonicalize --cse --split-input-file | FileCheck %s

// Six sums, the oldest step (the last tap) first. A tap reads one new input; the
// other sums read what it has shared with them.
// CHECK-LABEL: func.func @conv(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x?x32xf32>, %[[TAPS:[a-z0-9]+]]: tensor<8xf32>
//   CHECK-DAG:   %[[C5:.*]] = arith.constant 5 : index
//   CHECK-DAG:   %[[C6:.*]] = arith.constant 6 : index
//   CHECK-DAG:   %[[C7:.*]] = arith.constant 7 : index
//   CHECK-DAG:   %[[C8:.*]] = arith.constant 8 : index
//   CHECK-DAG:   %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
//       CHECK:   scf.for %[[T:[a-z0-9]+]] = {{.*}} step %[[C6]]
//       CHECK:     scf.for %[[B:[a-z0-9]+]] =
//       CHECK:       scf.for %[[N:[a-z0-9]+]] = {{.*}} step %[[C8]]
//       CHECK:         %[[X0:.*]] = vector.transfer_read %[[ALL:.*]][%[[T]], %[[B]], %[[N]]]
// CHECK-COUNT-4:       vector.transfer_read %[[ALL]]
//       CHECK:         scf.for %[[I:[a-z0-9]+]] = %{{.*}} to %[[C8]] {{.*}} iter_args(%[[S0:[a-z0-9]+]] = %[[ZERO]], %[[S1:[a-z0-9]+]] = %[[ZERO]], {{.*}}, %[[W0:[a-z0-9]+]] = %[[X0]], %[[W1:[a-z0-9]+]] =
//       CHECK:           %[[K:.*]] = arith.subi %[[C7]], %[[I]]
//       CHECK:           %[[AT:.*]] = arith.addi %[[T]], %[[I]]
//       CHECK:           %[[LAST:.*]] = arith.addi %[[AT]], %[[C5]]
//       CHECK:           vector.transfer_read %[[ALL]][%[[LAST]], %[[B]], %[[N]]]
//       CHECK:           %[[TAP:.*]] = tensor.extract %[[TAPS]][%[[K]]]
//       CHECK:           %[[W:.*]] = vector.broadcast %[[TAP]]
//       CHECK:           math.fma %[[W]], %[[W0]], %[[S0]]
//       CHECK:           math.fma %[[W]], %[[W1]], %[[S1]]
// CHECK-COUNT-6:         vector.transfer_write
//       CHECK:   scf.for
//       CHECK:     scf.for
//       CHECK:       scf.for
//       CHECK:         vector.transfer_write
//   CHECK-NOT:         vector.transfer_write
func.func @conv(%x: tensor<?x?x32xf32>, %k: tensor<8xf32>)
    -> tensor<?x?x32xf32> {
  %y, %last = snn.temporal_conv %x, %k : tensor<?x?x32xf32>, tensor<8xf32>
  return %y : tensor<?x?x32xf32>
}

// -----

// Backwards the farthest step comes first: tap and step are one index, and the
// new input is the first sum's.
// CHECK-LABEL: func.func @conv_reverse(
//       CHECK:   iter_args(%[[S0:[a-z0-9]+]] = %{{[a-z0-9]+}}, {{.*}}) -> (vector<8xf32>, {{.*}}) {
//       CHECK:     %[[K:.*]] = arith.subi %{{.*}}, %{{.*}}
//       CHECK:     %[[AT:.*]] = arith.addi %{{.*}}, %[[K]]
//       CHECK:     %[[X:.*]] = vector.transfer_read %{{.*}}[%[[AT]],
//       CHECK:     math.fma %{{.*}}, %[[X]], %[[S0]]
func.func @conv_reverse(%x: tensor<?x?x32xf32>, %k: tensor<8xf32>)
    -> tensor<?x?x32xf32> {
  %y, %last = snn.temporal_conv reverse %x, %k
      : tensor<?x?x32xf32>, tensor<8xf32>
  return %y : tensor<?x?x32xf32>
}

// -----

// Taps per neuron are vectors, taps per step are read at position plus step.
// CHECK-LABEL: func.func @conv_kernels(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x?x32xf32>, %[[N:[a-z0-9]+]]: tensor<4x32xf32>, %[[P:[a-z0-9]+]]: tensor<?x4xf32>, %[[AT:[a-z0-9]+]]: i64
//       CHECK:   vector.transfer_read %[[N]][%{{.*}}, %{{.*}}]
//       CHECK:   %[[OFFSET:.*]] = arith.index_cast %[[AT]]
//       CHECK:   %[[ROW:.*]] = arith.addi %{{.*}}, %[[OFFSET]]
//       CHECK:   tensor.extract %[[P]][%[[ROW]], %{{.*}}]
func.func @conv_kernels(%x: tensor<?x?x32xf32>, %n: tensor<4x32xf32>,
                        %p: tensor<?x4xf32>, %at: i64)
    -> (tensor<?x?x32xf32>, tensor<?x?x32xf32>) {
  %0:2 = snn.temporal_conv %x, %n : tensor<?x?x32xf32>, tensor<4x32xf32>
  %1:2 = snn.temporal_conv %x, %p offset(%at) {per_step}
      : tensor<?x?x32xf32>, tensor<?x4xf32>
  return %0#0, %1#0 : tensor<?x?x32xf32>, tensor<?x?x32xf32>
}

// -----

// A long kernel's inputs stay in a cache: neurons outside, time inside.
// CHECK-LABEL: func.func @long(
//       CHECK:   scf.for %[[B:[a-z0-9]+]] =
//       CHECK:     scf.for %[[N:[a-z0-9]+]] =
//       CHECK:       scf.for %[[T:[a-z0-9]+]] =
//       CHECK:         vector.transfer_read %{{.*}}[%[[T]], %[[B]], %[[N]]]
func.func @long(%x: tensor<?x?x2048xf32>, %k: tensor<100xf32>)
    -> tensor<?x?x2048xf32> {
  %y, %last = snn.temporal_conv %x, %k : tensor<?x?x2048xf32>, tensor<100xf32>
  return %y : tensor<?x?x2048xf32>
}

// -----

// The last lanes lie over those before: 12 neurons are lanes 0 to 7 and 4 to 11.
// CHECK-LABEL: func.func @uneven(
//   CHECK-DAG:   %[[C4:.*]] = arith.constant 4 : index
//   CHECK-DAG:   %[[C8:.*]] = arith.constant 8 : index
//   CHECK-DAG:   %[[C12:.*]] = arith.constant 12 : index
//       CHECK:   scf.for %[[I:[a-z0-9]+]] = %{{.*}} to %[[C12]] step %[[C8]]
//       CHECK:     arith.minsi %[[I]], %[[C4]]
func.func @uneven(%x: tensor<?x?x12xf32>, %k: tensor<4xf32>)
    -> tensor<?x?x12xf32> {
  %y, %last = snn.temporal_conv %x, %k : tensor<?x?x12xf32>, tensor<4xf32>
  return %y : tensor<?x?x12xf32>
}

// -----

// Two neurons do not fill the lanes: they, the batch and time are one dimension,
// in which a step is so many elements, and the taps repeat.
// CHECK-LABEL: func.func @flat(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x2xf16>, %[[W:[a-z0-9]+]]: tensor<3x2xf16>
//   CHECK-DAG:   %[[C2:.*]] = arith.constant 2 : index
//       CHECK:   %[[STEP:.*]] = arith.muli %{{.*}}, %[[C2]]
//       CHECK:   %[[ALL:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0, 1, 2]] : tensor<?x?x2xf16> into tensor<?xf16>
//       CHECK:   %[[TABLE:.*]] = linalg.generic
//       CHECK:     arith.remui %{{.*}}, %[[C2]]
//       CHECK:     tensor.extract %[[W]]
//       CHECK:   -> tensor<3x8xf16>
//       CHECK:   scf.for %[[O:[a-z0-9]+]] =
//       CHECK:     vector.transfer_read %[[TABLE]][%[[C2]],
//       CHECK:     vector.transfer_read %[[ALL]][%[[O]]]
//       CHECK:     arith.extf %{{.*}} : vector<8xf16> to vector<8xf32>
//       CHECK:     %[[NEXT:.*]] = arith.addi %[[O]], %[[STEP]]
//       CHECK:     vector.transfer_read %[[ALL]][%[[NEXT]]]
// CHECK-COUNT-6:   arith.truncf
//       CHECK:   vector<8xf16>
//       CHECK:   vector<4xf16>
//       CHECK:   vector<2xf16>
//   CHECK-NOT:   vector<1xf16>
//       CHECK:   tensor.expand_shape
func.func @flat(%x: tensor<?x?x2xf16>, %k: tensor<3x2xf16>)
    -> tensor<?x?x2xf16> {
  %y, %last = snn.temporal_conv %x, %k : tensor<?x?x2xf16>, tensor<3x2xf16>
  return %y : tensor<?x?x2xf16>
}

// -----

// One step in three: from (2 - position) mod 3 on; the others are zero.
// CHECK-LABEL: func.func @period(
//   CHECK-DAG:   %[[C3:.*]] = arith.constant 3 : index
//   CHECK-DAG:   %[[C5:.*]] = arith.constant 5 : index
//       CHECK:   %[[AT:.*]] = arith.index_cast %{{.*}} : i64 to index
//       CHECK:   %[[BEHIND:.*]] = arith.remui %[[AT]], %[[C3]]
//       CHECK:   %[[AHEAD:.*]] = arith.subi %[[C5]], %[[BEHIND]]
//       CHECK:   %[[FIRST:.*]] = arith.remui %[[AHEAD]], %[[C3]]
//       CHECK:   arith.ceildivui %{{.*}}, %[[C3]]
//       CHECK:   linalg.fill {{.*}} -> tensor<?x?x8xf32>
//       CHECK:   scf.for %[[I:[a-z0-9]+]] =
//       CHECK:     %[[SKIP:.*]] = arith.muli %[[I]], %[[C3]]
//       CHECK:     %[[T:.*]] = arith.addi %[[FIRST]], %[[SKIP]]
//       CHECK:     vector.transfer_read %{{.*}}[%[[T]],
//       CHECK:     vector.transfer_write %{{.*}}[%[[T]],
func.func @period(%x: tensor<?x?x8xf32>, %k: tensor<2x8xf32>, %at: i64)
    -> tensor<?x?x8xf32> {
  %y, %last = snn.temporal_conv %x, %k offset(%at) {period = 3, phase = 2}
      : tensor<?x?x8xf32>, tensor<2x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

// The kernel's spectrum serves all blocks. A block of 16 inputs gives 16 - 5 + 1
// outputs; complex rows 0 and 1 are made of inputs 0 to 3. Runs of less than two
// steps are direct.
// CHECK-LABEL: func.func @fft(
//   CHECK-DAG:   %[[C2:.*]] = arith.constant 2 : index
//   CHECK-DAG:   %[[C12:.*]] = arith.constant 12 : index
//       CHECK:   %[[SHORT:.*]] = arith.cmpi slt, %{{.*}}, %[[C2]] : index
//       CHECK:   scf.if %[[SHORT]]
//       CHECK:     math.fma
//       CHECK:   } else {
//       CHECK:     %[[H:.*]] = scf.for {{.*}} -> (tensor<16x8xf32>)
//       CHECK:     scf.for {{.*}} -> (tensor<?x?x8xf32>)
//       CHECK:       scf.for {{.*}} step %[[C12]] {{.*}} -> (tensor<?x?x8xf32>)
//       CHECK:         scf.for {{.*}} -> (tensor<16x8xf32>)
func.func @fft(%x: tensor<?x?x8xf32>, %k: tensor<5xf32>)
    -> tensor<?x?x8xf32> {
  %y, %last = snn.temporal_conv %x, %k {form = #snn.conv_form<fft>}
      : tensor<?x?x8xf32>, tensor<5xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

// A known length needs one form only.
// CHECK-LABEL: func.func @fft_short(
//   CHECK-NOT:   scf.if
//   CHECK-NOT:   tensor<16x8xf32>
//       CHECK:   return
// CHECK-LABEL: func.func @fft_long(
//   CHECK-NOT:   scf.if
//       CHECK:   tensor<16x8xf32>
func.func @fft_short(%x: tensor<1x?x8xf32>, %k: tensor<5xf32>)
    -> tensor<1x?x8xf32> {
  %y, %last = snn.temporal_conv %x, %k {form = #snn.conv_form<fft>}
      : tensor<1x?x8xf32>, tensor<5xf32>
  return %y : tensor<1x?x8xf32>
}
func.func @fft_long(%x: tensor<2x?x8xf32>, %k: tensor<5xf32>)
    -> tensor<2x?x8xf32> {
  %y, %last = snn.temporal_conv %x, %k {form = #snn.conv_form<fft>}
      : tensor<2x?x8xf32>, tensor<5xf32>
  return %y : tensor<2x?x8xf32>
}

// -----

// The state is the last inputs, of which some may be of before.
// CHECK-LABEL: func.func @state(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x8xf32>, %{{[a-z0-9]+}}: tensor<4xf32>, %[[H:[a-z0-9]+]]: tensor<3x?x8xf32>
//   CHECK-DAG:   %[[C3:.*]] = arith.constant 3 : index
//       CHECK:   %[[FRESH:.*]] = arith.minsi %[[T:.*]], %[[C3]]
//       CHECK:   %[[KEPT:.*]] = arith.subi %[[C3]], %[[FRESH]]
//       CHECK:   %[[OLD:.*]] = tensor.extract_slice %[[H]][%[[FRESH]], 0, 0] [%[[KEPT]],
//       CHECK:   %[[FROM:.*]] = arith.subi %[[T]], %[[FRESH]]
//       CHECK:   %[[NEW:.*]] = tensor.extract_slice %[[X]][%[[FROM]], 0, 0] [%[[FRESH]],
//       CHECK:   tensor.insert_slice %[[OLD]]
//       CHECK:   tensor.insert_slice %[[NEW]]
func.func @state(%x: tensor<?x?x8xf32>, %k: tensor<4xf32>,
                 %h: tensor<3x?x8xf32>) -> tensor<3x?x8xf32> {
  %y, %last = snn.temporal_conv %x, %k init(%h : tensor<3x?x8xf32>)
      : tensor<?x?x8xf32>, tensor<4xf32>
  return %last : tensor<3x?x8xf32>
}

// -----

// Without neurons there is nothing to compute.
// CHECK-LABEL: func.func @empty(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x0xf32>
//   CHECK-NOT:   scf.for
//       CHECK:   return %[[X]]
func.func @empty(%x: tensor<?x?x0xf32>, %k: tensor<3x0xf32>)
    -> tensor<?x?x0xf32> {
  %y, %last = snn.temporal_conv %x, %k : tensor<?x?x0xf32>, tensor<3x0xf32>
  return %y : tensor<?x?x0xf32>
}
