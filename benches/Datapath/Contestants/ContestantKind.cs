namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>What is measured.</summary>
internal enum ContestantKind
{
    NetPolNic,

    /// <summary>rte_hash for connections, rte_acl for new ones, in C.</summary>
    Composed,

    /// <summary>rte_acl on every packet, in C: no connections.</summary>
    AclOnly,

    TestpmdIo,

    TestpmdMacSwap,

    TestpmdFiveTupleSwap,

    OvsDpdk,

    NfTables,

    /// <summary>What sends packets to <see cref="NfTables"/>, alone.</summary>
    KernelSender,
}
