// The window of a recurrence is its smallest span, or an even part that fits.
// RUN: not snn-opt %s --snn-block-recurrence=window=-1 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error: 'func.func' op snn-block-recurrence: expected window >= 0 and window-bytes >= 1, but got -1 and 262144
// RUN: snn-opt %s --snn-block-recurrence | FileCheck %s
// RUN: snn-opt %s --snn-block-recurrence=window=5 | FileCheck %s --check-prefix=FIVE
// RUN: snn-opt %s --snn-block-recurrence=window-bytes=80 | FileCheck %s --check-prefix=BYTES

// One step of one element is 4 + 1 bytes of arguments, 4 + 4 + 1 of results: 16
// steps are 14 * 16 bytes.
// CHECK-LABEL: func.func @span(
//       CHECK:   snn.recurrent {{.*}} skip 16 attributes {window = 16 : i64} {
//  FIVE-LABEL: func.func @span(
//        FIVE:   attributes {window = 4 : i64} {
// BYTES-LABEL: func.func @span(
//       BYTES:   attributes {window = 4 : i64} {
func.func @span(%x: tensor<?x?x1xf32>, %w: tensor<1x1xf32> {snn.param = "w"})
    -> tensor<?x?x1xi1> {
  %s, %h = snn.recurrent ins(%x : tensor<?x?x1xf32>) skip 16 {
  ^bb0(%xt: tensor<?x?x1xf32>, %f: tensor<?x?x1xi1>):
    %r = snn.linear %f, %w : tensor<?x?x1xi1>, tensor<1x1xf32>
    %u = arith.addf %r, %xt : tensor<?x?x1xf32>
    %z = snn.fire %u {threshold = 1.0} : tensor<?x?x1xf32>
    snn.yield %z : tensor<?x?x1xi1> feedback(%z : tensor<?x?x1xi1>)
  } -> (tensor<?x?x1xi1>) history(tensor<16x?x1xi1>)
  return %s : tensor<?x?x1xi1>
}

// The least of all sources; what is there already stays.
// CHECK-LABEL: func.func @sources(
//       CHECK:   snn.recurrent {{.*}} skip [5, 3] attributes {window = 3 : i64} {
//       CHECK:   snn.recurrent {{.*}} skip 4 attributes {window = 2 : i64} {
func.func @sources(%x: tensor<?x?x2xi1>) -> (tensor<?x?x2xi1>, tensor<?x?x2xi1>) {
  %s, %h = snn.recurrent ins(%x : tensor<?x?x2xi1>) skip [5, 3] {
  ^bb0(%xt: tensor<?x?x2xi1>, %f: tensor<?x?x2xi1>):
    %z = arith.xori %f, %xt : tensor<?x?x2xi1>
    snn.yield %z : tensor<?x?x2xi1> feedback(%z : tensor<?x?x2xi1>)
  } -> (tensor<?x?x2xi1>) history(tensor<5x?x2xi1>)
  %t, %g = snn.recurrent ins(%x : tensor<?x?x2xi1>) skip 4
      attributes {window = 2 : i64} {
  ^bb0(%xt: tensor<?x?x2xi1>, %f: tensor<?x?x2xi1>):
    %z = arith.xori %f, %xt : tensor<?x?x2xi1>
    snn.yield %z : tensor<?x?x2xi1> feedback(%z : tensor<?x?x2xi1>)
  } -> (tensor<?x?x2xi1>) history(tensor<4x?x2xi1>)
  return %s, %t : tensor<?x?x2xi1>, tensor<?x?x2xi1>
}

// A span that is known when the model runs is the window then.
// CHECK-LABEL: func.func @later(
//       CHECK:   skip upto 9 (%{{.*}} : i64) {
func.func @later(%x: tensor<?x?x2xi1>, %span: i64 {snn.param = "span"})
    -> tensor<?x?x2xi1> {
  %s, %h = snn.recurrent ins(%x : tensor<?x?x2xi1>) skip upto 9 (%span : i64) {
  ^bb0(%xt: tensor<?x?x2xi1>, %f: tensor<?x?x2xi1>):
    %z = arith.xori %f, %xt : tensor<?x?x2xi1>
    snn.yield %z : tensor<?x?x2xi1> feedback(%z : tensor<?x?x2xi1>)
  } -> (tensor<?x?x2xi1>) history(tensor<9x?x2xi1>)
  return %s : tensor<?x?x2xi1>
}
