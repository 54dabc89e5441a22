namespace NetPolNic.Policy.Resolve;

/// <summary>The shared instances of one resolver: equal sets in its snapshots are the same object.</summary>
internal sealed class SetInterner
{
    public Interner<PeerSet> Peers { get; } = new();

    public Interner<PortSet> Ports { get; } = new();

    public Interner<PolicySet> Policies { get; } = new();

    /// <summary>The rule with shared peers and ports.</summary>
    public AllowRule Intern(AllowRule rule) => new(Peers.Intern(rule.Peers), Ports.Intern(rule.Ports));

    public void BeginSnapshot()
    {
        Peers.BeginSnapshot();
        Ports.BeginSnapshot();
        Policies.BeginSnapshot();

        // The well-known instances stand for themselves.
        _ = Peers.Intern(PeerSet.Everything);
        _ = Peers.Intern(PeerSet.Empty);
        _ = Ports.Intern(PortSet.AllTraffic);
        _ = Policies.Intern(PolicySet.Open);
        _ = Policies.Intern(PolicySet.Closed);
    }
}
