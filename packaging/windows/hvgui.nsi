; The installer of hvgui for Windows: for one person, without an administrator. packaging/build.py compiles it.
;   setup.exe               asks for the folder
;   setup.exe /S            silently;  /D=C:\Folder as the last word names another folder
;   uninstall.exe [/S]      removes what was installed; labs and settings stay
; Told by build.py: VERSION, PAYLOAD (the frozen program), ICONS, LICENCE, SIZE_KIB, OUT.

Unicode true
ManifestDPIAware true
SetCompressor /SOLID lzma
RequestExecutionLevel user

!include MUI2.nsh
!include FileFunc.nsh
!include WordFunc.nsh

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\hvgui"
!define CLASSES "Software\Classes"
!define KIND "hvgui.lab"

Name "hvgui"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\hvgui"
InstallDirRegKey HKCU "Software\hvgui" "InstallFolder"
BrandingText "hvgui ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "hvgui"
VIAddVersionKey "FileDescription" "Installer of hvgui"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "The hvgui authors, MIT licence"

!define MUI_ICON "${ICONS}/hvgui.ico"
!define MUI_UNICON "${ICONS}/hvgui.ico"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\hvgui.exe"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Dutch"

Function .onInit
  ; An installer that can't say what is in its way would be worse than none.
  IfFileExists "$INSTDIR\hvgui.exe" 0 free
    ClearErrors
    FileOpen $0 "$INSTDIR\hvgui.exe" a
    IfErrors 0 closed
      IfSilent +2
      MessageBox MB_OK|MB_ICONEXCLAMATION "hvgui is running. Close it, then start this again."
      SetErrorLevel 3
      Quit
    closed:
    FileClose $0
  free:
FunctionEnd

Section "hvgui"
  ; What an older version brought and this one does not must not stay between its files.
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${PAYLOAD}/*.*"
  File "/oname=hvgui.ico" "${ICONS}/hvgui.ico"
  File "/oname=hvgui-lab.ico" "${ICONS}/hvgui-lab.ico"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  CreateDirectory "$SMPROGRAMS\hvgui"
  CreateShortcut "$SMPROGRAMS\hvgui\hvgui.lnk" "$INSTDIR\hvgui.exe" "" "$INSTDIR\hvgui.ico" 0 SW_SHOWNORMAL "" \
    "Cluster manager and simulator for Hyper-V style failover clusters"
  CreateShortcut "$SMPROGRAMS\hvgui\Uninstall hvgui.lnk" "$INSTDIR\uninstall.exe"

  ; Labs open by a double click.
  WriteRegStr HKCU "${CLASSES}\.hvlab" "" "${KIND}"
  WriteRegStr HKCU "${CLASSES}\.hvlab" "Content Type" "application/x-hvgui-lab"
  WriteRegStr HKCU "${CLASSES}\.hvlab\OpenWithProgids" "${KIND}" ""
  WriteRegStr HKCU "${CLASSES}\${KIND}" "" "hvgui lab"
  WriteRegStr HKCU "${CLASSES}\${KIND}\DefaultIcon" "" "$INSTDIR\hvgui-lab.ico"
  WriteRegStr HKCU "${CLASSES}\${KIND}\shell\open\command" "" '"$INSTDIR\hvgui.exe" "%1"'

  ; 'hvgui' in the Run dialog, and an entry among the installed programs.
  WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\hvgui.exe" "" "$INSTDIR\hvgui.exe"
  WriteRegStr HKCU "Software\hvgui" "InstallFolder" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "hvgui"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "The hvgui authors"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\hvgui.ico"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${SIZE_KIB}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
  ${RefreshShellIcons}
SectionEnd

Section "Uninstall"
  ; Only a folder that is ours is emptied: whoever moved the uninstaller elsewhere loses nothing.
  IfFileExists "$INSTDIR\hvgui.exe" ours
    IfSilent +2
    MessageBox MB_OK|MB_ICONEXCLAMATION "There is no hvgui in $INSTDIR; nothing was removed."
    SetErrorLevel 4
    Quit
  ours:
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\hvgui.exe"
  Delete "$INSTDIR\hvgui-console.exe"
  Delete "$INSTDIR\hvgui.ico"
  Delete "$INSTDIR\hvgui-lab.ico"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\hvgui\hvgui.lnk"
  Delete "$SMPROGRAMS\hvgui\Uninstall hvgui.lnk"
  RMDir "$SMPROGRAMS\hvgui"

  ; Somebody may have given labs to another program since.
  ReadRegStr $0 HKCU "${CLASSES}\.hvlab" ""
  StrCmp $0 "${KIND}" 0 others
    DeleteRegKey HKCU "${CLASSES}\.hvlab"
    Goto kind
  others:
    DeleteRegValue HKCU "${CLASSES}\.hvlab\OpenWithProgids" "${KIND}"
  kind:
  DeleteRegKey HKCU "${CLASSES}\${KIND}"
  DeleteRegKey HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\hvgui.exe"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
  DeleteRegKey HKCU "Software\hvgui"
  ${RefreshShellIcons}
SectionEnd
