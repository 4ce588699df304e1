//===- SNNInterfaces.td - What passes ask of an op -----------*- tablegen -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_IR_SNNINTERFACES_TD
#define SNN_IR_SNNINTERFACES_TD

include "mlir/IR/Interfaces.td"

def SNN_SequenceOpInterface : OpInterface<"SequenceOpInterface"> {
  let cppNamespace = "::mlir::snn";
  let description = [{
    An op on sequences: what it needs from the past and whether it may be run
    window by window. An op whose state is carried (`init` operands, one final
    state result for each) gives the same bits however time is cut.
  }];
  let methods = [
    InterfaceMethod<"Whether step t of the outputs needs steps up to t only.",
      "bool", "isCausal", (ins), "", [{ return true; }]>,
    InterfaceMethod<"Initial states; empty where all are zero.",
      "::mlir::OperandRange", "getInitialStates", (ins), "", [{
        return $_op->getOperands().take_front(0);
      }]>,
    InterfaceMethod<"The same, to be set.",
      "void", "setInitialStates", (ins "::mlir::ValueRange":$states), "", [{
        assert(states.empty() && "expected an op with state");
      }]>,
    InterfaceMethod<"Final states, one for each state.",
      "::mlir::ResultRange", "getFinalStates", (ins), "", [{
        return $_op->getResults().take_front(0);
      }]>,
    InterfaceMethod<"Whether the result depends on absolute time.",
      "bool", "dependsOnPosition", (ins), "", [{ return false; }]>,
    InterfaceMethod<"Absolute time of step 0; null where it is 0.",
      "::mlir::Value", "getPositionOperand", (ins), "", [{ return {}; }]>,
    InterfaceMethod<"Set the absolute time of step 0.",
      "void", "setPositionOperand", (ins "::mlir::Value":$position), "", [{
        assert(false && "expected an op that depends on absolute time");
      }]>,
    InterfaceMethod<"Steps after which a per-step table ends; -1 where none does.",
      "int64_t", "getMaxSteps", (ins), "", [{ return -1; }]>,
    InterfaceMethod<"Whether the operand is a sequence (has time as dimension 0).",
      "bool", "isSequenceOperand", (ins "::mlir::OpOperand &":$operand), "",
      [{ return operand.getOperandNumber() == 0; }]>,
    InterfaceMethod<"Whether the result is a sequence.",
      "bool", "isSequenceResult", (ins "::mlir::OpResult":$result), "",
      [{ return result.getResultNumber() == 0; }]>,
  ];
}

def SNN_NeuronOpInterface : OpInterface<"NeuronOpInterface"> {
  let cppNamespace = "::mlir::snn";
  let description = [{
    An op that is a neuron: it names the operands of one step and builds the
    step's region, so that `snn-generalize` turns it into an `snn.neuron` and no
    other pass needs to know its name.
  }];
  let methods = [
    InterfaceMethod<"Sequences that a step reads.",
      "::llvm::SmallVector<::mlir::Value>", "getStepInputs">,
    InterfaceMethod<"Parameters that a step reads.",
      "::llvm::SmallVector<::mlir::Value>", "getStepParams">,
    InterfaceMethod<"Whether the op is a step at all (a phase gate is not).",
      "bool", "hasStep", (ins), "", [{ return true; }]>,
    InterfaceMethod<"The schedule of the op; null for the loop.",
      "::mlir::snn::ScheduleAttr", "getStepSchedule", (ins), "",
      [{ return {}; }]>,
    InterfaceMethod<"Whether time runs backwards.",
      "bool", "isReverse", (ins), "", [{ return false; }]>,
    InterfaceMethod<[{
        Builds one step: `args` are the scalars of inputs, parameters and
        states. Appends the step's outputs and the next states.
      }],
      "void", "buildStep", (ins "::mlir::OpBuilder &":$builder,
        "::mlir::ValueRange":$args,
        "::llvm::SmallVectorImpl<::mlir::Value> &":$outputs,
        "::llvm::SmallVectorImpl<::mlir::Value> &":$states)>,
  ];
}

#endif // SNN_IR_SNNINTERFACES_TD
