// Synapses that read spikes get a form.
// RUN: snn-opt %s --snn-choose-synapse | FileCheck %s
// RUN: snn-opt %s --snn-choose-synapse=form=dense | FileCheck %s --check-prefix=DENSE
// RUN: snn-opt %s '--snn-choose-synapse=percent=75 least-size=8' | FileCheck %s --check-prefix=SMALL
// RUN: not snn-opt %s --snn-choose-synapse=form=sparse 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not snn-opt %s --snn-choose-synapse=percent=101 2>&1 | FileCheck %s --check-prefix=PERCENT

//    FORM: error: 'func.func' op snn-choose-synapse: expected form auto, event, dense or adaptive, but got sparse
// PERCENT: error: 'func.func' op snn-choose-synapse: expected a percent in [1, 100], but got 101

// Few inputs or outputs take no time that a count would save; analog inputs have
// no form, and what has one keeps it.
// CHECK-LABEL: func.func @forms(
//       CHECK:   snn.linear {{.*}} {form = #snn.synapse<adaptive, 70>} : tensor<?x?x64xi1>, tensor<64x64xf32>
//       CHECK:   snn.linear {{.*}} {form = #snn.synapse<event>} : tensor<?x?x64xi1>, tensor<8x64xf32>
//       CHECK:   snn.linear {{.*}} {form = #snn.synapse<dense>} : tensor<?x?x64xi1>, tensor<64x64xf32>
//       CHECK:   snn.linear %{{.*}}, %{{.*}} : tensor<?x?x64xf32>, tensor<8x64xf32>
// DENSE-LABEL: func.func @forms(
// DENSE-COUNT-3:  {form = #snn.synapse<dense>}
//       DENSE:   snn.linear %{{.*}}, %{{.*}} : tensor<?x?x64xf32>, tensor<8x64xf32>
// SMALL-LABEL: func.func @forms(
// SMALL-COUNT-2:  {form = #snn.synapse<adaptive, 75>}
func.func @forms(%s: tensor<?x?x64xi1>, %w: tensor<64x64xf32>, %v: tensor<8x64xf32>)
    -> (tensor<?x?x64xf32>, tensor<?x?x8xf32>, tensor<?x?x64xf32>, tensor<?x?x8xf32>) {
  %a = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
  %b = snn.linear %s, %v : tensor<?x?x64xi1>, tensor<8x64xf32>
  %c = snn.linear %s, %w {form = #snn.synapse<dense>}
      : tensor<?x?x64xi1>, tensor<64x64xf32>
  %d = snn.linear %a, %v : tensor<?x?x64xf32>, tensor<8x64xf32>
  return %a, %b, %c, %d : tensor<?x?x64xf32>, tensor<?x?x8xf32>, tensor<?x?x64xf32>,
      tensor<?x?x8xf32>
}
