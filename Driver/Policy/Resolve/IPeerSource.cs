using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Knows what the peers of rules match.</summary>
internal interface IPeerSource
{
    /// <summary>What a missing list matches: every address.</summary>
    IPeerSelection Everything { get; }

    /// <param name="peer">A peer without defect (<see cref="PolicyRules.PeerDefect"/>).</param>
    /// <param name="policyNamespace">Where a lone podSelector looks (S-b5).</param>
    IPeerSelection Resolve(PeerMatch peer, string policyNamespace);
}
