using System.Collections.Immutable;
using System.Globalization;
using k8s.Models;
using NetPolNic.Cluster.Validation;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>Maps the rules of one policy, of either API version. Indices stay those of the object.</summary>
/// <param name="faults">The fields that were not understood.</param>
/// <param name="nothingUnderstood">No rule of this policy may allow anything.</param>
internal sealed class RuleMapper(FaultSet faults, bool nothingUnderstood)
{
    /// <summary>A rule that allows nothing.</summary>
    private static readonly PolicyRule s_closed = new([new PeerMatch(NotUnderstood: true)], null);

    public bool NothingUnderstood => nothingUnderstood;

    public ImmutableArray<PolicyRule> MapRules<TRule>(
        IList<TRule>? rules, FieldPath path, string peersField, Func<TRule, RuleParts> split)
    {
        ImmutableArray<PolicyRule>.Builder mapped = ImmutableArray.CreateBuilder<PolicyRule>();
        foreach (TRule rule in rules ?? [])
        {
            FieldPath rulePath = path.Index(mapped.Count);
            bool isClosed = nothingUnderstood || faults.TouchesOutside(rulePath, peersField, "ports");
            mapped.Add(isClosed ? s_closed : MapRule(split(rule), rulePath, peersField));
        }

        return mapped.ToImmutable();
    }

    private PolicyRule MapRule(RuleParts rule, FieldPath path, string peersField)
    {
        ImmutableArray<PeerMatch>? peers = rule.Peers is null
            ? null
            : [.. rule.Peers.Select((peer, i) => MapPeer(peer, path.Child(peersField).Index(i)))];
        if (rule.Ports is null)
        {
            return new PolicyRule(peers, null);
        }

        ImmutableArray<L4PortMatch>.Builder ports = ImmutableArray.CreateBuilder<L4PortMatch>();
        for (int i = 0; i < rule.Ports.Length; i++)
        {
            if (!faults.Touches(path.Child("ports").Index(i)) && MapPort(rule.Ports[i]) is { } port)
            {
                ports.Add(port);
            }
        }

        // A list that lost all its ports must not become one that matches everything (S-d2).
        return ports.Count == 0 && rule.Ports.Length > 0 ? s_closed : new PolicyRule(peers, ports.ToImmutable());
    }

    private PeerMatch MapPeer(RulePeer peer, FieldPath path)
    {
        PeerMatch notUnderstood = new(NotUnderstood: true);
        if (faults.Touches(path))
        {
            return notUnderstood;
        }

        if (peer.IpBlock is not null)
        {
            IpBlock? block = MapBlock(peer.IpBlock);
            return block is null ? notUnderstood : new PeerMatch(IpBlock: block);
        }

        return new PeerMatch(
            MapSelector(peer.PodSelector, path.Child("podSelector")),
            MapSelector(peer.NamespaceSelector, path.Child("namespaceSelector")));
    }

    private LabelSelector? MapSelector(V1LabelSelector? selector, FieldPath path) =>
        selector is null ? null : LabelMapper.MapSelector(selector, path, faults);

    private static IpBlock? MapBlock(V1IPBlock block)
    {
        if (!AddressText.TryParseBlock(block.Cidr, out IpPrefix cidr))
        {
            return null;
        }

        ImmutableArray<IpPrefix>.Builder except = ImmutableArray.CreateBuilder<IpPrefix>();
        foreach (string text in block.Except ?? [])
        {
            if (!AddressText.TryParseBlock(text, out IpPrefix hole))
            {
                return null;
            }

            except.Add(hole);
        }

        return new IpBlock(cidr, except.ToImmutable());
    }

    private static L4PortMatch? MapPort(RulePort port)
    {
        if (port.Proto is not { } proto)
        {
            return null;
        }

        if (port.Port is null)
        {
            return new L4PortMatch(proto);
        }

        if (!int.TryParse(port.Port, CultureInfo.InvariantCulture, out int number))
        {
            return new L4PortMatch(proto, Name: port.Port);
        }

        bool isRange = number is >= 1 and <= ushort.MaxValue && (port.EndPort ?? number) is var end &&
            end >= number && end <= ushort.MaxValue;
        return isRange ? new L4PortMatch(proto, (ushort)number, (ushort)(port.EndPort ?? number)) : null;
    }
}
