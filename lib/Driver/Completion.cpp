//===- Completion.cpp - Options of snnc in bash and zsh -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Driver/CommandLine.h"

using namespace mlir;
using namespace mlir::snn;

using OptionList = ArrayRef<std::pair<std::string, std::string>>;

/// The values of options that have few, as `--option=value`.
static constexpr const char *kValues =
    "--emit=exe --emit=shared --emit=static --emit=object --emit=header "
    "--emit=llvm --emit=asm --emit=mlir --weights=args --weights=embed: "
    "--weights=external: --target=native --target=x86-64-v2 "
    "--target=x86-64-v3 --target=x86-64-v4 --target=aarch64 "
    "--numerics=bounded --numerics=exact --numerics=fast "
    "--allow=bf16-weights --allow=int8-weights --record=spikes "
    "--record=all --stop-after=verify --stop-after=time --stop-after=space "
    "--stop-after=lower --stop-after=upstream --completion=bash "
    "--completion=zsh --strategy=auto --strategy=loop --strategy=scan "
    "--strategy=conv --strategy=speculate";

static std::string completeBash(OptionList options) {
  std::string words;
  for (const auto &[flag, help] : options)
    words += flag + " ";
  return "# bash completion for snnc: source it, or put it into\n"
         "# ~/.local/share/bash-completion/completions/snnc\n"
         "_snnc() {\n"
         "  local word=${COMP_LINE:0:COMP_POINT}\n"
         "  word=${word##* }\n"
         "  local words=\"" +
         words +
         "\"\n"
         "  [[ $word == --*=* ]] && words=\"" +
         kValues +
         "\"\n"
         "  [[ $COMP_CWORD == 1 ]] && words+=\" run check\"\n"
         "  COMPREPLY=()\n"
         "  if [[ $word == -* || $COMP_CWORD == 1 ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "    # What stands before the last = is on the line already.\n"
         "    [[ $word == *=* ]] &&\n"
         "      COMPREPLY=(\"${COMPREPLY[@]#\"${word%\"${word##*=}\"}\"}\")\n"
         "    [[ ${COMPREPLY[0]-} == *[=:] ]] && compopt -o nospace\n"
         "  fi\n"
         "  [[ ${#COMPREPLY[@]} -gt 0 ]] ||\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"${word##*[=:]}\")\n"
         "}\n"
         "complete -o filenames -F _snnc snnc\n";
}

static std::string completeZsh(OptionList options) {
  std::string text = "#compdef snnc\n_arguments \\\n";
  for (const auto &[flag, help] : options) {
    std::string safe;
    for (char c : help) {
      if (StringRef("[]:\\'").contains(c))
        safe += c == '\'' ? "'\\'" : "\\";
      safe += c;
    }
    bool hasValue = StringRef(flag).ends_with("=");
    std::string values;
    SmallVector<StringRef> words;
    StringRef(kValues).split(words, ' ');
    for (StringRef word : words)
      if (hasValue && word.consume_front(flag))
        values += (values.empty() ? "" : " ") + word.rtrim(':').str();
    text += "  '" + flag + "[" + safe + "]";
    if (hasValue)
      text += ":value:" +
              (values.empty() ? std::string("_files") : "(" + values + ")");
    text += "' \\\n";
  }
  return text + "  '1:model or verb:_files' \\\n  '*:file:_files'\n";
}

std::string mlir::snn::getCompletion(StringRef shell, OptionList options) {
  if (shell == "bash")
    return completeBash(options);
  return shell == "zsh" ? completeZsh(options) : "";
}
