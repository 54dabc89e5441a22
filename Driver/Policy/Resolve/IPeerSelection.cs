using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>What a peer entry (or a missing list) matches.</summary>
internal interface IPeerSelection
{
    /// <summary>All matched addresses.</summary>
    PeerSet Set { get; }

    /// <summary>The named port of each matched pod: one rule per distinct set of numbers (S-b9).</summary>
    IEnumerable<AllowRule> NamedPort(string name, L4Proto proto);
}
