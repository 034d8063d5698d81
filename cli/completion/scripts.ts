/** Shells that `vmctl completion` writes for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Asks `vmctl __complete` for candidates: a word, a tab and what it means to a line; `:files` leaves it to the shell. */
const BASH = `# vmctl completion for bash; in ~/.bashrc: source <(vmctl completion bash)
_vmctl() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ":files" ]; then
      compopt -o default 2>/dev/null
      COMPREPLY=()
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case "\${COMPREPLY[0]}" in
    */ | *=) [ "\${#COMPREPLY[@]}" = 1 ] && compopt -o nospace 2>/dev/null ;;
  esac
}
complete -F _vmctl vmctl
`;

const ZSH = `#compdef vmctl
# vmctl completion for zsh; in ~/.zshrc after compinit: source <(vmctl completion zsh)
_vmctl() {
  local -a candidates
  local line word
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    word=\${line%%$'\\t'*}
    candidates+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -V vmctl candidates
}
if [ "\${funcstack[1]}" = _vmctl ]; then _vmctl "$@"; else compdef _vmctl vmctl; fi
`;

const FISH = `# vmctl completion for fish; in ~/.config/fish/config.fish: vmctl completion fish | source
function __vmctl_complete
  set -l words (commandline -opc)
  set -l program $words[1]
  set -e words[1]
  for line in ($program __complete -- $words (commandline -ct | string collect --allow-empty) 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      printf '%s\\n' $line
    end
  end
end
complete -c vmctl -f -a '(__vmctl_complete)'
`;

export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } satisfies Record<Shell, string>;
