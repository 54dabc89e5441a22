using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>A policy of the cluster. A changed policy is a new entry.</summary>
/// <param name="policy">The object.</param>
/// <param name="space">Its namespace.</param>
/// <param name="number">Names the entry for as long as the resolver lives.</param>
internal sealed class PolicyEntry(NetworkPolicy policy, SpaceEntry space, long number)
{
    /// <summary>The object; replaced by one of equal content only while no rules are active.</summary>
    public NetworkPolicy Policy { get; set; } = policy;

    public SpaceEntry Space { get; } = space;

    public long Number { get; } = number;

    /// <summary>Place in the list of its namespace.</summary>
    public int SpaceIndex { get; set; }

    /// <summary>Whether its rules speak for a local pod.</summary>
    public bool IsActive => Ingress is not null || Egress is not null;

    /// <summary>Its ingress rules, while they speak for a local pod.</summary>
    public ActiveRules? Ingress { get; private set; }

    /// <summary>Its egress rules, while they speak for a local pod.</summary>
    public ActiveRules? Egress { get; private set; }

    /// <summary>Its rules of a direction, while they speak for a local pod.</summary>
    public ActiveRules? Active(Direction direction) => direction == Direction.Ingress ? Ingress : Egress;

    public void SetActive(Direction direction, ActiveRules? rules)
    {
        if (direction == Direction.Ingress)
        {
            Ingress = rules;
        }
        else
        {
            Egress = rules;
        }
    }
}
