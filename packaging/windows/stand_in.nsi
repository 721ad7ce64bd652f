; Stands in for hvgui.exe where no frozen program for Windows can be had: keeps what it was opened with. For
; packaging/check_nsis.py only. Told: OUT.
Unicode true
SilentInstall silent
RequestExecutionLevel user
Name "stand-in"
OutFile "${OUT}"
!include FileFunc.nsh
Section
  ${GetParameters} $0
  FileOpen $1 "$EXEDIR\opened.txt" w
  FileWrite $1 "$0"
  FileClose $1
SectionEnd
