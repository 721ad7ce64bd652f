#requires -Version 2.0
<#
.SYNOPSIS
    Writes what a Hyper-V failover cluster consists of into one JSON file, for hvgui.

.DESCRIPTION
    Asks the FailoverClusters and Hyper-V modules and WMI about the cluster, its nodes, networks, storage and virtual
    machines. It only reads; the one thing that it writes is the file. Every question that fails is listed in the file
    under "problems", and the rest is collected all the same.

    Run it in Windows PowerShell (powershell.exe) as an administrator of the cluster, on a node or on a computer with
    the management tools (RSAT). It works from Windows Server 2012 R2 to 2025. On Windows Server 2008 R2 there is no
    Hyper-V module: there it asks the WMI namespace root\virtualization of each node instead, which tells less. The
    memory that a VM occupies at the moment, its demand, its processor use and the virtual switch of its adapters are
    then missing, and hvgui assumes them and says so.

    The file holds names, addresses, sizes and the notes of VMs, and no passwords or contents. Read it before you pass
    it on; -WithoutNotes leaves the notes out.

.PARAMETER Cluster
    The cluster's name, or that of one of its nodes. Without it, the cluster that this computer belongs to.

.PARAMETER OutFile
    The file to write. Without it, <cluster>-inventory.json in the present folder.

.PARAMETER WithoutNotes
    Leaves out the VMs' notes.

.PARAMETER Force
    Overwrites OutFile if it exists.

.EXAMPLE
    .\Collect-HvguiInventory.ps1

    On a node of the cluster.

.EXAMPLE
    .\Collect-HvguiInventory.ps1 -Cluster OFFICE -OutFile C:\Temp\office.json

    From a computer with the management tools.
#>
[CmdletBinding()]
param(
    [string] $Cluster = '',
    [string] $OutFile = '',
    [switch] $WithoutNotes,
    [switch] $Force
)

$ErrorActionPreference = 'Stop'
$FormatName = 'hvgui-inventory'
$FormatVersion = 1
$CollectorVersion = '1.0'
$GuidPattern = '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
$Problems = New-Object System.Collections.ArrayList

# ----- Asking ---------------------------------------------------------------------------------------------------------

function New-Table {
    New-Object System.Collections.Specialized.OrderedDictionary
}

function Add-Problem {
    param([string] $Place, [string] $Message)
    $entry = New-Table
    $entry['where'] = $Place
    $entry['message'] = $Message
    [void] $Problems.Add($entry)
    Write-Warning ('{0}: {1}' -f $Place, $Message)
}

# Runs a question; a failure becomes a problem, and the answer is then an empty list. The answer is always a list.
function Invoke-Question {
    param([string] $Place, [scriptblock] $Question)
    $answers = @()
    try {
        $answers = @(& $Question)
    }
    catch {
        Add-Problem $Place $_.Exception.Message
    }
    , $answers
}

# The named properties of an object, of those that it has.
function Get-Fields {
    param($Object, [string[]] $Names)
    $fields = New-Table
    if ($null -eq $Object) {
        return $fields
    }
    foreach ($name in $Names) {
        $property = $Object.PSObject.Properties[$name]
        if ($null -ne $property) {
            try {
                $fields[$name] = $property.Value
            }
            catch {
                $fields[$name] = $null
                Add-Problem ('property ' + $name) $_.Exception.Message
            }
        }
    }
    return $fields
}

# The name of an object, or the text itself where the module gives names.
function Get-NameOf {
    param($Object)
    if ($null -eq $Object) {
        return ''
    }
    if ($Object -is [string]) {
        return $Object
    }
    $property = $Object.PSObject.Properties['Name']
    if ($null -ne $property) {
        return [string] $property.Value
    }
    return [string] $Object
}

function Get-NamesOf {
    param($Objects)
    $names = New-Object System.Collections.ArrayList
    foreach ($object in @($Objects)) {
        if ($null -ne $object) {
            [void] $names.Add((Get-NameOf $object))
        }
    }
    , $names.ToArray()
}

function Get-FirstOf {
    param($List)
    if (@($List).Count -gt 0) {
        return @($List)[0]
    }
    return $null
}

# ----- Writing JSON (ConvertTo-Json came with PowerShell 3.0) ---------------------------------------------------------

function ConvertTo-JsonString {
    param([string] $Text)
    $lone = '[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]'
    $safe = [regex]::Replace($Text, $lone, '?')
    $safe = $safe.Replace('\', '\\').Replace('"', '\"')
    $safe = [regex]::Replace($safe, '[^\x20-\x7E]', { param($match) '\u{0:x4}' -f [int] [char] $match.Value })
    return '"' + $safe + '"'
}

function Add-Json {
    param([System.Text.StringBuilder] $Builder, $Value, [int] $Depth)
    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    if ($null -eq $Value) {
        [void] $Builder.Append('null')
    }
    elseif ($Value -is [bool]) {
        [void] $Builder.Append($Value.ToString().ToLowerInvariant())
    }
    elseif ($Value -is [string] -or $Value -is [char] -or $Value -is [guid] -or $Value -is [enum]) {
        [void] $Builder.Append((ConvertTo-JsonString ([string] $Value)))
    }
    elseif ($Value -is [datetime]) {
        [void] $Builder.Append((ConvertTo-JsonString ($Value.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', $culture))))
    }
    elseif ($Value -is [timespan]) {
        [void] $Builder.Append((ConvertTo-JsonString ($Value.ToString())))
    }
    elseif ($Value -is [double] -or $Value -is [single]) {
        if ([double]::IsNaN($Value) -or [double]::IsInfinity($Value)) {
            [void] $Builder.Append('null')
        }
        else {
            [void] $Builder.Append($Value.ToString('R', $culture))
        }
    }
    elseif ($Value -is [System.ValueType] -and $Value -is [System.IFormattable]) {
        [void] $Builder.Append($Value.ToString($null, $culture))
    }
    elseif ($Depth -gt 12) {
        [void] $Builder.Append('null')
    }
    elseif ($Value -is [System.Collections.IDictionary]) {
        Add-JsonObject $Builder $Value $Depth
    }
    elseif ($Value -is [System.Collections.IEnumerable]) {
        Add-JsonList $Builder $Value $Depth
    }
    else {
        [void] $Builder.Append((ConvertTo-JsonString (Get-NameOf $Value)))
    }
}

function Add-JsonObject {
    param([System.Text.StringBuilder] $Builder, $Table, [int] $Depth)
    [void] $Builder.Append('{')
    $first = $true
    foreach ($key in @($Table.Keys)) {
        if (-not $first) {
            [void] $Builder.Append(",`n")
        }
        $first = $false
        [void] $Builder.Append((ConvertTo-JsonString ([string] $key)))
        [void] $Builder.Append(': ')
        Add-Json $Builder $Table[$key] ($Depth + 1)
    }
    [void] $Builder.Append('}')
}

function Add-JsonList {
    param([System.Text.StringBuilder] $Builder, $List, [int] $Depth)
    [void] $Builder.Append('[')
    $first = $true
    foreach ($entry in $List) {
        if (-not $first) {
            [void] $Builder.Append(",`n")
        }
        $first = $false
        Add-Json $Builder $entry ($Depth + 1)
    }
    [void] $Builder.Append(']')
}

# ----- The cluster ----------------------------------------------------------------------------------------------------

function Get-GroupTables {
    param([string] $ClusterName, $VmGroups)
    foreach ($group in @(Get-ClusterGroup -Cluster $ClusterName)) {
        $table = Get-Fields $group @('Name', 'GroupType', 'State', 'Priority', 'AutoFailbackType', 'FailoverThreshold', 'FailoverPeriod', 'FailbackWindowStart', 'FailbackWindowEnd')
        $table['OwnerNode'] = Get-NameOf $group.OwnerNode
        # A collection of strings, which the module gives as a property of its own.
        $table['AntiAffinityClassNames'] = Get-NamesOf $group.AntiAffinityClassNames
        if ($VmGroups -contains $group.Name) {
            $table['GroupType'] = 'VirtualMachine'
            $owners = Invoke-Question ('group ' + $group.Name + ': preferred owners') {
                Get-ClusterOwnerNode -Cluster $ClusterName -Group $group.Name
            }
            $table['PreferredOwners'] = Get-NamesOf (Get-FirstOf $owners).OwnerNodes
        }
        elseif (-not $table.Contains('GroupType') -or $null -eq $table['GroupType']) {
            $table['GroupType'] = 'Unknown'
        }
        $table
    }
}

function Get-ResourceTables {
    param([string] $ClusterName, $VmResources)
    foreach ($resource in $VmResources) {
        $table = Get-Fields $resource @('Name', 'State')
        $table['ResourceType'] = 'Virtual Machine'
        $table['OwnerGroup'] = Get-NameOf $resource.OwnerGroup
        $table['OwnerNode'] = Get-NameOf $resource.OwnerNode
        $parameter = Invoke-Question ('resource ' + $resource.Name + ': VmId') {
            $resource | Get-ClusterParameter -Name VmId
        }
        $table['VmId'] = [string] (Get-FirstOf $parameter).Value
        $owners = Invoke-Question ('resource ' + $resource.Name + ': possible owners') {
            Get-ClusterOwnerNode -Cluster $ClusterName -Resource $resource.Name
        }
        $table['PossibleOwners'] = Get-NamesOf (Get-FirstOf $owners).OwnerNodes
        $table
    }
}

function Get-SharedVolumeTables {
    param([string] $ClusterName)
    foreach ($volume in @(Get-ClusterSharedVolume -Cluster $ClusterName)) {
        $table = Get-Fields $volume @('Name', 'State')
        $table['OwnerNode'] = Get-NameOf $volume.OwnerNode
        $parts = New-Object System.Collections.ArrayList
        foreach ($info in @($volume.SharedVolumeInfo)) {
            if ($null -ne $info) {
                $part = Get-Fields $info @('FriendlyVolumeName', 'VolumeName', 'MaintenanceMode', 'RedirectedAccess', 'FaultState')
                $part['Partition'] = Get-Fields $info.Partition @('Name', 'FileSystem', 'Size', 'FreeSpace', 'UsedSpace')
                [void] $parts.Add($part)
            }
        }
        $table['SharedVolumeInfo'] = $parts.ToArray()
        $table
    }
}

# Cluster disks that are no shared volumes: witness, available storage, disks of single VMs.
function Get-DiskTables {
    param($DiskResources, [string] $Witness, $SharedNames)
    foreach ($resource in $DiskResources) {
        if ($SharedNames -contains $resource.Name) {
            continue
        }
        $table = Get-Fields $resource @('Name', 'State')
        $table['OwnerGroup'] = Get-NameOf $resource.OwnerGroup
        $table['OwnerNode'] = Get-NameOf $resource.OwnerNode
        $table['IsWitness'] = ($resource.Name -eq $Witness)
        $partitions = Invoke-Question ('disk ' + $resource.Name + ': partitions') {
            $filter = "Name='" + $resource.Name.Replace('\', '\\').Replace("'", "\'") + "'"
            $found = Get-WmiObject -ComputerName $table['OwnerNode'] -Namespace 'root\MSCluster' -Class MSCluster_Resource -Filter $filter -Authentication PacketPrivacy
            foreach ($disk in @($found.GetRelated('MSCluster_Disk'))) {
                $disk.GetRelated('MSCluster_DiskPartition')
            }
        }
        $size = [uint64] 0
        $paths = New-Object System.Collections.ArrayList
        foreach ($partition in $partitions) {
            $size = $size + [uint64] $partition.TotalSize * 1MB
            [void] $paths.Add([string] $partition.Path)
            # Since 2012 there are mount points and the volume's GUID as well.
            foreach ($mountPoint in @($partition.MountPoints)) {
                if ($mountPoint) {
                    [void] $paths.Add([string] $mountPoint)
                }
            }
            if ($partition.VolumeGuid) {
                [void] $paths.Add('\\?\Volume{' + ([string] $partition.VolumeGuid).Trim('{}') + '}')
            }
        }
        if ($size -gt 0) {
            $table['Size'] = $size
        }
        $table['Paths'] = $paths.ToArray()
        $table
    }
}

function Get-InterfaceTables {
    param([string] $ClusterName)
    foreach ($interface in @(Get-ClusterNetworkInterface -Cluster $ClusterName)) {
        $table = Get-Fields $interface @('Name', 'Adapter', 'Address', 'State')
        $table['Node'] = Get-NameOf $interface.Node
        $table['Network'] = Get-NameOf $interface.Network
        $table
    }
}

# ----- The nodes ------------------------------------------------------------------------------------------------------

function Get-AdapterTables {
    param([string] $Node)
    $cards = @{}
    foreach ($card in @(Get-WmiObject -ComputerName $Node -Class Win32_NetworkAdapter)) {
        $cards[[string] $card.DeviceID] = $card
    }
    foreach ($setting in @(Get-WmiObject -ComputerName $Node -Class Win32_NetworkAdapterConfiguration -Filter 'IPEnabled=TRUE')) {
        $table = Get-Fields $setting @('Description', 'IPAddress', 'IPSubnet', 'DefaultIPGateway', 'MACAddress')
        $card = $cards[[string] $setting.Index]
        if ($null -ne $card) {
            $table['Speed'] = $card.Speed
            $table['NetConnectionID'] = $card.NetConnectionID
        }
        $table
    }
}

function Get-HostTable {
    param([string] $Node, [bool] $HasModule)
    $table = New-Table
    $table['ComputerName'] = $Node
    $found = Invoke-Question ($Node + ': computer') { Get-WmiObject -ComputerName $Node -Class Win32_ComputerSystem }
    $table['ComputerSystem'] = Get-Fields (Get-FirstOf $found) @('Manufacturer', 'Model', 'Domain', 'TotalPhysicalMemory', 'NumberOfProcessors')
    $found = Invoke-Question ($Node + ': Windows') { Get-WmiObject -ComputerName $Node -Class Win32_OperatingSystem }
    $table['OperatingSystem'] = Get-Fields (Get-FirstOf $found) @('Version', 'Caption', 'SystemDrive', 'CSDVersion', 'OSArchitecture', 'OperatingSystemSKU')
    $table['Updates'] = Invoke-Question ($Node + ': updates') {
        foreach ($update in @(Get-WmiObject -ComputerName $Node -Class Win32_QuickFixEngineering)) {
            Get-Fields $update @('HotFixID')
        }
    }
    $table['Processors'] = Invoke-Question ($Node + ': processors') {
        foreach ($socket in @(Get-WmiObject -ComputerName $Node -Class Win32_Processor)) {
            Get-Fields $socket @('Name', 'Manufacturer', 'NumberOfCores', 'NumberOfLogicalProcessors', 'SecondLevelAddressTranslationExtensions')
        }
    }
    $table['Adapters'] = Invoke-Question ($Node + ': adapters') { Get-AdapterTables $Node }
    if ($HasModule) {
        $found = Invoke-Question ($Node + ': Get-VMHost') { Get-VMHost -ComputerName $Node }
        $table['VMHost'] = Get-Fields (Get-FirstOf $found) @('LogicalProcessorCount', 'MemoryCapacity', 'MaximumVirtualMachineMigrations', 'VirtualMachineMigrationEnabled', 'NumaSpanningEnabled')
        $table['Switches'] = Invoke-Question ($Node + ': Get-VMSwitch') {
            foreach ($vmSwitch in @(Get-VMSwitch -ComputerName $Node)) {
                Get-Fields $vmSwitch @('Name', 'SwitchType', 'NetAdapterInterfaceDescription', 'AllowManagementOS')
            }
        }
    }
    return $table
}

# ----- Virtual machines, with the Hyper-V module (2012 and later) -----------------------------------------------------

function Get-DriveTables {
    param([string] $Node, $Vm)
    foreach ($drive in @(Get-VMHardDiskDrive -VM $Vm)) {
        $table = Get-Fields $drive @('Name', 'ControllerType', 'ControllerNumber', 'ControllerLocation', 'Path', 'DiskNumber')
        if ($drive.Path -and $null -eq $drive.DiskNumber) {
            $image = Invoke-Question ($Vm.Name + ': ' + $drive.Path) { Get-VHD -ComputerName $Node -Path $drive.Path }
            $fields = Get-Fields (Get-FirstOf $image) @('VhdFormat', 'VhdType', 'Size', 'FileSize', 'ParentPath')
            foreach ($key in @($fields.Keys)) {
                $table[$key] = $fields[$key]
            }
        }
        $table
    }
}

function Get-VmTable {
    param([string] $Node, $Vm)
    $table = New-Table
    $table['ComputerName'] = $Node
    $names = @('Name', 'Id', 'State', 'Uptime', 'Generation', 'Version', 'ProcessorCount', 'CPUUsage', 'MemoryStartup',
        'MemoryAssigned', 'MemoryDemand', 'MemoryMinimum', 'MemoryMaximum', 'DynamicMemoryEnabled', 'CreationTime',
        'IsClustered', 'IntegrationServicesVersion', 'Heartbeat')
    if (-not $WithoutNotes) {
        $names = $names + 'Notes'
    }
    $fields = Get-Fields $Vm $names
    foreach ($key in @($fields.Keys)) {
        $table[$key] = $fields[$key]
    }
    # A version object would come out as its parts.
    $table['IntegrationServicesVersion'] = [string] $table['IntegrationServicesVersion']
    $table['Version'] = [string] $table['Version']
    $found = Invoke-Question ($Vm.Name + ': Get-VMMemory') { Get-VMMemory -VM $Vm }
    $table['Memory'] = Get-Fields (Get-FirstOf $found) @('Startup', 'Minimum', 'Maximum', 'Buffer', 'Priority')
    $found = Invoke-Question ($Vm.Name + ': Get-VMProcessor') { Get-VMProcessor -VM $Vm }
    $table['Processor'] = Get-Fields (Get-FirstOf $found) @('Count', 'Reserve', 'Maximum', 'RelativeWeight', 'CompatibilityForMigrationEnabled')
    $table['HardDrives'] = Invoke-Question ($Vm.Name + ': Get-VMHardDiskDrive') { Get-DriveTables $Node $Vm }
    $table['NetworkAdapters'] = Invoke-Question ($Vm.Name + ': Get-VMNetworkAdapter') {
        foreach ($adapter in @(Get-VMNetworkAdapter -VM $Vm)) {
            Get-Fields $adapter @('Name', 'SwitchName', 'MacAddress', 'IsLegacy', 'Connected')
        }
    }
    return $table
}

# ----- Virtual machines of Windows Server 2008 R2, by WMI -------------------------------------------------------------

# The setting data of a class that belong to a VM's present settings.
function Get-SettingsOf {
    param($Settings, [string] $Class)
    , @($Settings.GetRelated($Class))
}

# Size and kind of a virtual disk, from the text that the image service gives (an instance as XML).
function Get-ImageTable {
    param([string] $Node, [string] $Path)
    $service = Get-FirstOf (Get-WmiObject -ComputerName $Node -Namespace 'root\virtualization' -Class Msvm_ImageManagementService -Authentication PacketPrivacy)
    $answer = $service.GetVirtualHardDiskInfo($Path)
    $table = New-Table
    if ($answer.Info) {
        $document = [xml] $answer.Info
        foreach ($property in @($document.SelectNodes('//PROPERTY'))) {
            $inner = $property.SelectSingleNode('VALUE')
            if ($null -eq $inner) {
                continue
            }
            $text = $inner.InnerText
            switch ($property.GetAttribute('NAME')) {
                'Type' { $table['VhdType'] = [int] $text }
                'MaxInternalSize' { $table['Size'] = [uint64] $text }
                'FileSize' { $table['FileSize'] = [uint64] $text }
                'ParentPath' { $table['ParentPath'] = $text }
            }
        }
    }
    return $table
}

function Get-WmiDriveTables {
    param([string] $Node, $Settings)
    $resources = Get-SettingsOf $Settings 'Msvm_ResourceAllocationSettingData'
    # Resources name their parents by WMI path; the last quoted part of it is the parent's InstanceID.
    $byId = @{}
    foreach ($resource in $resources) {
        $byId[[string] $resource.InstanceID] = $resource
    }
    foreach ($resource in $resources) {
        if ($resource.ResourceSubType -ne 'Microsoft Virtual Hard Disk') {
            continue
        }
        $table = New-Table
        $table['Path'] = [string] (Get-FirstOf $resource.Connection)
        $drive = Get-ParentResource $resource $byId
        if ($null -ne $drive) {
            $table['ControllerLocation'] = [int] $drive.Address
            $controller = Get-ParentResource $drive $byId
            if ($null -ne $controller) {
                if ($controller.ResourceSubType -like '*SCSI*') {
                    $table['ControllerType'] = 'SCSI'
                }
                else {
                    $table['ControllerType'] = 'IDE'
                    $table['ControllerNumber'] = [int] $controller.Address
                }
            }
        }
        $image = Invoke-Question ($Node + ': ' + $table['Path']) { Get-ImageTable $Node $table['Path'] }
        $fields = Get-FirstOf $image
        if ($null -ne $fields) {
            foreach ($key in @($fields.Keys)) {
                $table[$key] = $fields[$key]
            }
        }
        $table
    }
}

function Get-ParentResource {
    param($Resource, $ById)
    if ([string] $Resource.Parent -match 'InstanceID="(.+)"\s*$') {
        return $ById[$Matches[1].Replace('\\', '\')]
    }
    return $null
}

function Get-WmiAdapterTables {
    param($Settings)
    foreach ($class in @('Msvm_SyntheticEthernetPortSettingData', 'Msvm_EmulatedEthernetPortSettingData')) {
        foreach ($port in (Get-SettingsOf $Settings $class)) {
            $table = New-Table
            $table['Name'] = [string] $port.ElementName
            $table['MacAddress'] = [string] $port.Address
            $table['IsLegacy'] = ($class -like '*Emulated*')
            $table
        }
    }
}

function Get-WmiVmTable {
    param([string] $Node, $Vm)
    $table = New-Table
    $table['ComputerName'] = $Node
    $table['Name'] = [string] $Vm.ElementName
    $table['Id'] = [string] $Vm.Name
    $table['EnabledState'] = [int] $Vm.EnabledState
    if ($Vm.EnabledState -eq 2) {
        $table['Uptime'] = [timespan]::FromMilliseconds([double] $Vm.OnTimeInMilliseconds)
    }
    # SettingType 3: the present settings; 5 are snapshots.
    $settings = Get-FirstOf @($Vm.GetRelated('Msvm_VirtualSystemSettingData') | Where-Object { $_.SettingType -eq 3 })
    if ($null -eq $settings) {
        throw 'no present settings'
    }
    if (-not $WithoutNotes) {
        $table['Notes'] = [string] $settings.Notes
    }
    $processor = Get-FirstOf (Get-SettingsOf $settings 'Msvm_ProcessorSettingData')
    $table['ProcessorCount'] = [int] $processor.VirtualQuantity
    $table['CompatibilityForMigrationEnabled'] = [bool] $processor.LimitProcessorFeatures
    $memory = Get-FirstOf (Get-SettingsOf $settings 'Msvm_MemorySettingData')
    $table['MemoryStartup'] = [uint64] $memory.VirtualQuantity * 1MB
    $table['DynamicMemoryEnabled'] = [bool] $memory.DynamicMemoryEnabled
    if ($table['DynamicMemoryEnabled']) {
        $table['MemoryMinimum'] = [uint64] $memory.Reservation * 1MB
        $table['MemoryMaximum'] = [uint64] $memory.Limit * 1MB
        $table['Memory'] = New-Table
        $table['Memory']['Buffer'] = [int] $memory.TargetMemoryBuffer
        $table['Memory']['Priority'] = [int] ($memory.Weight / 100)
    }
    $table['HardDrives'] = Invoke-Question ($table['Name'] + ': disks') { Get-WmiDriveTables $Node $settings }
    $table['NetworkAdapters'] = Invoke-Question ($table['Name'] + ': adapters') { Get-WmiAdapterTables $settings }
    return $table
}

function Get-VmTables {
    param([string] $Node, [bool] $HasModule)
    if ($HasModule) {
        foreach ($vm in @(Get-VM -ComputerName $Node)) {
            Invoke-One ($Node + ': ' + $vm.Name) { Get-VmTable $Node $vm }
        }
        return
    }
    $systems = Get-WmiObject -ComputerName $Node -Namespace 'root\virtualization' -Class Msvm_ComputerSystem -Authentication PacketPrivacy
    foreach ($vm in @($systems | Where-Object { $_.Name -match $GuidPattern })) {
        Invoke-One ($Node + ': ' + $vm.ElementName) { Get-WmiVmTable $Node $vm }
    }
}

# As Invoke-Question, for one answer that goes straight on.
function Invoke-One {
    param([string] $Place, [scriptblock] $Question)
    try {
        & $Question
    }
    catch {
        Add-Problem $Place $_.Exception.Message
    }
}

# ----- All together ---------------------------------------------------------------------------------------------------

if ($null -eq (Get-Command Get-WmiObject -ErrorAction SilentlyContinue)) {
    throw 'Run this in Windows PowerShell (powershell.exe): PowerShell 6 and later lack Get-WmiObject.'
}
try {
    Import-Module FailoverClusters
}
catch {
    throw 'The FailoverClusters module is missing: run this on a node, or install the failover clustering tools (RSAT).'
}
$hasModule = $null -ne (Get-Module -ListAvailable -Name Hyper-V)
if ($hasModule) {
    Import-Module Hyper-V
}
else {
    Add-Problem 'Hyper-V module' 'It is not installed here; VMs were asked for by WMI (root\virtualization), which tells less.'
}

if ($Cluster) {
    $found = Get-Cluster -Name $Cluster
}
else {
    $found = Get-Cluster
}
$clusterName = $found.Name
Write-Host ('Collecting the inventory of ' + $clusterName + ' ...')

if (-not $OutFile) {
    $OutFile = $clusterName + '-inventory.json'
}
$target = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($OutFile)
if ((Test-Path -LiteralPath $target) -and -not $Force) {
    throw ($target + ' exists; choose another -OutFile, or add -Force to overwrite it.')
}

$inventory = New-Table
$inventory['format'] = $FormatName
$inventory['version'] = $FormatVersion
$inventory['collector'] = 'Collect-HvguiInventory.ps1 ' + $CollectorVersion + ', PowerShell ' + $PSVersionTable.PSVersion.ToString()
$inventory['collected'] = [datetime]::UtcNow
$inventory['problems'] = $Problems
$inventory['cluster'] = Get-Fields $found @('Name', 'Id', 'Domain', 'ClusterFunctionalLevel', 'DynamicQuorum', 'WitnessDynamicWeight', 'SameSubnetDelay', 'SameSubnetThreshold', 'CrossSubnetDelay', 'CrossSubnetThreshold')

# Which networks live migration takes, as lists of ids with semicolons between them.
$settings = Invoke-Question 'networks for live migration' {
    Get-ClusterResourceType -Cluster $clusterName -Name 'Virtual Machine' | Get-ClusterParameter
}
foreach ($setting in $settings) {
    if ($setting.Name -eq 'MigrationNetworkOrder' -or $setting.Name -eq 'MigrationExcludeNetworks') {
        $inventory['cluster'][$setting.Name] = [string] $setting.Value
    }
}

$nodes = Invoke-Question 'Get-ClusterNode' { Get-ClusterNode -Cluster $clusterName }
$nodeTables = New-Object System.Collections.ArrayList
foreach ($node in $nodes) {
    [void] $nodeTables.Add((Get-Fields $node @('Name', 'Id', 'State', 'StatusInformation', 'NodeWeight', 'DynamicWeight', 'Manufacturer', 'Model')))
}
$inventory['nodes'] = $nodeTables.ToArray()

$quorum = Get-FirstOf (Invoke-Question 'Get-ClusterQuorum' { Get-ClusterQuorum -Cluster $clusterName })
$inventory['quorum'] = New-Table
$witness = ''
if ($null -ne $quorum) {
    $witness = Get-NameOf $quorum.QuorumResource
    $inventory['quorum']['QuorumType'] = [string] $quorum.QuorumType
    $inventory['quorum']['QuorumResource'] = $witness
    if ($null -ne $quorum.QuorumResource) {
        $inventory['quorum']['ResourceType'] = Get-NameOf $quorum.QuorumResource.ResourceType
    }
    if ($inventory['quorum']['ResourceType'] -eq 'File Share Witness') {
        $parameter = Invoke-Question 'path of the witness share' { $quorum.QuorumResource | Get-ClusterParameter -Name SharePath }
        $inventory['quorum']['SharePath'] = [string] (Get-FirstOf $parameter).Value
    }
}

$resources = Invoke-Question 'Get-ClusterResource' { Get-ClusterResource -Cluster $clusterName }
$vmResources = @($resources | Where-Object { (Get-NameOf $_.ResourceType) -eq 'Virtual Machine' })
$diskResources = @($resources | Where-Object { (Get-NameOf $_.ResourceType) -eq 'Physical Disk' })
$vmGroups = @($vmResources | ForEach-Object { Get-NameOf $_.OwnerGroup })
$inventory['groups'] = Invoke-Question 'Get-ClusterGroup' { Get-GroupTables $clusterName $vmGroups }
$inventory['resources'] = Invoke-Question 'resources' { Get-ResourceTables $clusterName $vmResources }
$inventory['sharedVolumes'] = Invoke-Question 'Get-ClusterSharedVolume' { Get-SharedVolumeTables $clusterName }
$sharedNames = @($inventory['sharedVolumes'] | ForEach-Object { $_['Name'] })
$inventory['disks'] = Invoke-Question 'cluster disks' { Get-DiskTables $diskResources $witness $sharedNames }
$inventory['networks'] = Invoke-Question 'Get-ClusterNetwork' {
    foreach ($network in @(Get-ClusterNetwork -Cluster $clusterName)) {
        Get-Fields $network @('Name', 'Id', 'Role', 'Address', 'AddressMask', 'State', 'Metric', 'AutoMetric')
    }
}
$inventory['networkInterfaces'] = Invoke-Question 'Get-ClusterNetworkInterface' { Get-InterfaceTables $clusterName }

$hostTables = New-Object System.Collections.ArrayList
$vmTables = New-Object System.Collections.ArrayList
foreach ($node in $nodes) {
    if ([string] $node.State -eq 'Down') {
        Add-Problem $node.Name 'The node is down; its hardware and VMs were not asked for.'
        continue
    }
    Write-Host ('  ' + $node.Name)
    [void] $hostTables.Add((Get-HostTable $node.Name $hasModule))
    foreach ($table in (Invoke-Question ($node.Name + ': VMs') { Get-VmTables $node.Name $hasModule })) {
        [void] $vmTables.Add($table)
    }
}
$inventory['hosts'] = $hostTables.ToArray()
$inventory['vms'] = $vmTables.ToArray()

$builder = New-Object System.Text.StringBuilder
Add-Json $builder $inventory 0
[System.IO.File]::WriteAllText($target, $builder.ToString(), (New-Object System.Text.UTF8Encoding($false)))
Write-Host ('Written: {0} ({1} nodes, {2} VMs, {3} problems)' -f $target, $nodeTables.Count, $vmTables.Count, $Problems.Count)
