# bash completion for snnc: source it, or put it into
# ~/.local/share/bash-completion/completions/snnc
_snnc() {
  local word=${COMP_LINE:0:COMP_POINT}
  word=${word##* }
  local words="--allow-bytecode --allow= --chunk-steps= --completion= --emit= --explain --function= --max-depth= --max-file-bytes= --max-ops= --max-param-bytes= --name= --no-optimize --no-pack --numerics= --record= --save-temps --stop-after= --strategy= --target= --threads= --time --trust-ir --weights= -o -v "
  [[ $word == --*=* ]] && words="--emit=exe --emit=shared --emit=static --emit=object --emit=header --emit=llvm --emit=asm --emit=mlir --weights=args --weights=embed: --weights=external: --target=native --target=x86-64-v2 --target=x86-64-v3 --target=x86-64-v4 --target=aarch64 --numerics=bounded --numerics=exact --numerics=fast --allow=bf16-weights --allow=int8-weights --record=spikes --record=all --stop-after=verify --stop-after=time --stop-after=space --stop-after=lower --stop-after=upstream --completion=bash --completion=zsh --strategy=auto --strategy=loop --strategy=scan --strategy=conv --strategy=speculate"
  [[ $COMP_CWORD == 1 ]] && words+=" run check"
  COMPREPLY=()
  if [[ $word == -* || $COMP_CWORD == 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    # What stands before the last = is on the line already.
    [[ $word == *=* ]] &&
      COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*=}"}"}")
    [[ ${COMPREPLY[0]-} == *[=:] ]] && compopt -o nospace
  fi
  [[ ${#COMPREPLY[@]} -gt 0 ]] ||
    mapfile -t COMPREPLY < <(compgen -f -- "${word##*[=:]}")
}
complete -o filenames -F _snnc snnc
