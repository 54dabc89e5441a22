using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Agent.Output;

/// <summary>One fact of a profile as it is printed.</summary>
/// <param name="Kind">"item", "field", "action", "limit" or "habit".</param>
/// <param name="Name">What it is about, for example "tcp.flags".</param>
/// <param name="Value">What holds.</param>
/// <param name="Source">Where it is known from.</param>
/// <param name="Asked">What a probe calls it, or null where none asks for it.</param>
internal sealed record NicFact(string Kind, string Name, string Value, string Source, string? Asked)
{
    private static readonly string[] s_unknown = ["unknown, so not used: ", "unknown: "];

    /// <summary>The source without its note.</summary>
    public string Where => Cited.Split(": ", 2)[0];

    /// <summary>What the source says of the fact, beyond its value; often empty.</summary>
    public string Note => Cited.Split(": ", 2) is [_, var note] ? note : "";

    private string Cited
    {
        get
        {
            string? prefix = Array.Find(s_unknown, unknown => Source.StartsWith(unknown, StringComparison.Ordinal));
            return Source[(prefix?.Length ?? 0)..];
        }
    }

    /// <summary>All facts of a profile, in the order of the printed page.</summary>
    public static ImmutableArray<NicFact> Of(NicCapabilities nic)
    {
        string direction = nic.PrioritiesReversed ? "highest number wins" : "lowest number wins";
        string priorities = string.Create(
            CultureInfo.InvariantCulture,
            $"{nic.FirstPriority}–{nic.FirstPriority + nic.Priorities.Value - 1}, {direction}");
        return
        [
            .. nic.Items.Select(item => new NicFact(
                "item", CapabilityNames.Of(item.Key), "yes", item.Value, $"item {CapabilityNames.Of(item.Key)}")),
            .. nic.Fields.Select(field => new NicFact(
                "field",
                CapabilityNames.Of(field.Key),
                CapabilityNames.Of(field.Value.Value),
                field.Value.Source,
                $"{CapabilityNames.Of(field.Key)} {CapabilityNames.Of(field.Value.Value)}")),
            .. nic.Actions.Select(action => new NicFact(
                "action", CapabilityNames.Of(action.Key), "yes", action.Value, $"action {CapabilityNames.Of(action.Key)}")),
            new("limit", "priorities", nic.Priorities.Value == 1 ? "one" : priorities, nic.Priorities.Source,
                string.Create(CultureInfo.InvariantCulture, $"{nic.Priorities.Value} priorities")),
            new("limit", "groups", Number(nic.Groups.Value), nic.Groups.Source,
                string.Create(CultureInfo.InvariantCulture, $"{nic.Groups.Value} groups")),
            new("limit", "rules", RulesOf(nic), nic.TableSize.Source, null),
            new("limit", "L4 on fragments", CapabilityNames.Of(nic.L4OnFragments.Value), nic.L4OnFragments.Source, null),
            new("limit", "IPv6 extensions", CapabilityNames.Of(nic.Ipv6Extensions.Value), nic.Ipv6Extensions.Source, null),
            new("limit", "IPv6 protocol", CapabilityNames.Of(nic.Ipv6ProtoIs.Value), nic.Ipv6ProtoIs.Source, null),
            new("limit", "direction", CapabilityNames.Of(nic.Direction.Value), nic.Direction.Source, null),
            .. nic.Habits.Select(habit => new NicFact("habit", habit.Key, "avoided", habit.Value, null)),
        ];
    }

    /// <summary>How many rules fit, or that nobody knows.</summary>
    public static string RulesOf(NicCapabilities nic) =>
        nic.IsTableSizeKnown ? Number(nic.TableSize.Value) : CapabilityNames.Unknown;

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
