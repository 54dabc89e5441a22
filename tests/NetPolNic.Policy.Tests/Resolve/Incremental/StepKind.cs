namespace NetPolNic.Policy.Tests.Resolve.Incremental;

/// <summary>What can happen to a cluster between two snapshots.</summary>
public enum StepKind
{
    Resolve,
    ResolveAgain,
    Resolve3,
    ApplyOnly,
    PutPod,
    PutPod2,
    RemovePod,
    RepeatPod,
    RelabelPod,
    ChangePorts,
    MovePod,
    SwapAddresses,
    CopyAddress,
    Terminate,
    ToggleHostNetwork,
    ReplaceUid,
    RenamePod,
    PutSpace,
    RemoveSpace,
    RelabelSpace,
    ChangeAnnotation,
    PutPolicy,
    PutPolicy2,
    RemovePolicy,
    ChangeSubject,
    ChangeRules,
    Relist,
    RemoveUnknown,
}
