using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Capabilities;

/// <summary>A NIC family is one data file and no code: a profile that does not ship plans like one that does.</summary>
public sealed class ProfileFileTests : IDisposable
{
    private const string Made =
        """
        {
          "name": "acme",
          "description": "A NIC that nobody has heard of.",
          "sources": { "book": { "where": "the vendor's book, p. 7", "dpdk": "22.11..23.11" } },
          "items": { "ipv4": { "from": "book" }, "tcp": { "from": "book" } },
          "fields": {
            "ipv4.src": { "mask": "prefix", "from": "book" },
            "ipv4.dst": { "mask": "exact", "from": "book", "note": "no more" },
            "tcp.dst": { "mask": "unknown", "from": "book" },
            "tcp.flags": { "mask": "any", "from": "book" }
          },
          "actions": { "drop": { "from": "book" }, "queue": { "from": "book" } },
          "priorities": { "count": 2, "from": "book", "first": 1, "reversed": true },
          "groups": { "count": 1, "from": "book" },
          "tableSize": { "count": "unknown", "from": "book" },
          "l4OnFragments": { "value": "miss", "from": "book" },
          "ipv6Extensions": { "value": "unknown", "from": "book" },
          "ipv6Proto": { "value": "unknown", "from": "book" },
          "direction": { "value": "ingress", "from": "book" },
          "habits": { "prio_flip": { "from": "book", "note": "the other way round" } }
        }
        """;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"npn-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Reads_every_fact_with_its_source()
    {
        NicCapabilities nic = Read(Made);

        Assert.Equal("acme", nic.Name);
        Assert.Equal(MaskKind.Prefix, nic.KindOf(MatchField.Ipv4Src));
        Assert.Equal("DPDK 22.11..23.11 the vendor's book, p. 7: no more", nic.Fields[MatchField.Ipv4Dst].Source);
        Assert.Equal(1, nic.FirstPriority);
        Assert.True(nic.PrioritiesReversed);
        Assert.Equal("DPDK 22.11..23.11 the vendor's book, p. 7: the other way round", nic.Habits["prio_flip"]);
    }

    [Fact]
    public void Does_not_use_what_is_unknown()
    {
        NicCapabilities nic = Read(Made);

        Assert.Equal(MaskKind.None, nic.KindOf(MatchField.TcpDst));
        Assert.StartsWith("unknown, so not used: ", nic.Fields[MatchField.TcpDst].Source, StringComparison.Ordinal);
        Assert.False(nic.IsTableSizeKnown);
        Assert.Equal(NicCapabilities.UnknownTableSize, nic.TableSize.Value);
        Assert.Equal(Ipv6Proto.Unknown, nic.Ipv6ProtoIs.Value);
    }

    [Fact]
    public void Plans_for_a_nic_that_does_not_ship()
    {
        PolicySnapshot snapshot =
            Gens.SnapshotOf(Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5"));

        OffloadPlan plan = OffloadPlanner.Plan(snapshot, Read(Made), PlanOptions.Default);

        PlannedRule drop = Assert.Single(plan.Rules, rule =>
            rule.Verdict == RuleVerdict.Drop && rule.ToString().Contains("dst is 10.0.0.5", StringComparison.Ordinal));
        Assert.Equal(1u, drop.Spec.Attr.Priority);
        Assert.All(
            plan.Rules.Where(rule => rule.Verdict == RuleVerdict.Punt), rule => Assert.Equal(2u, rule.Spec.Attr.Priority));
    }

    [Theory]
    [InlineData("\"mask\": \"exact\"", "\"mask\": \"fuzzy\"", "'fuzzy' is not a known mask kind")]
    [InlineData("\"tcp.flags\"", "\"tcp.flogs\"", "'tcp.flogs' is not a known field")]
    [InlineData("\"mask\": \"any\", \"from\": \"book\"", "\"mask\": \"any\", \"from\": \"film\"",
        "'tcp.flags' names the source 'film'; there are book")]
    [InlineData("\"mask\": \"any\", \"from\": \"book\"", "\"mask\": \"any\"", "not a NIC profile")]
    [InlineData("22.11..23.11", "22", "'22' of source 'book' in a NIC profile is no DPDK version")]
    [InlineData("\"count\": 2", "\"count\": 0", "priorities of 0 in a NIC profile")]
    [InlineData("\"note\"", "\"nota\"", "unknown property 'nota' in 'ipv4.dst'; known are mask, from, note")]
    [InlineData("\"groups\"", "\"groupies\"", "unknown property 'groupies' in a NIC profile; known are name, ")]
    public void Refuses_a_file_with_a_mistake(string right, string wrong, string message)
    {
        FormatException error = Assert.Throws<FormatException>(() => Read(Made.Replace(right, wrong, StringComparison.Ordinal)));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acme.json", true)]
    [InlineData("./acme", true)]
    [InlineData("acme", false)]
    [InlineData("mlx5", false)]
    public void Knows_a_path_from_a_name(string word, bool isPath) => Assert.Equal(isPath, NicProfiles.IsPath(word));

    [Theory]
    [InlineData("mlx5-dv", "mlx5")]
    [InlineData("ice-switch", "ice")]
    [InlineData("i40e-fdir", "i40e")]
    public void Knows_other_names(string alias, string name)
    {
        Assert.True(NicProfiles.IsKnown(alias));
        Assert.Equal(name, NicProfiles.Load(alias).Name);
    }

    [Fact]
    public void Offloads_nothing_where_rules_stand_under_another_direction()
    {
        PolicySnapshot snapshot =
            Gens.SnapshotOf(Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5"));

        OffloadPlan plan = OffloadPlanner.Plan(snapshot, NicProfiles.Load("sfc-mae"), PlanOptions.Default);

        Assert.Empty(plan.Rules);
        Assert.NotEmpty(plan.Punts);
    }

    [Fact]
    public void Learns_how_many_rules_fit_and_never_widens()
    {
        NicCapabilities nic = Read(Made);

        NicCapabilities learned = nic.LearnTableSize(17);

        Assert.Equal(17, learned.TableSize.Value);
        Assert.True(learned.IsTableSizeKnown);
        Assert.Same(learned, learned.LearnTableSize(18));
        Assert.Equal(0, learned.LearnTableSize(-1).TableSize.Value);
    }

    private NicCapabilities Read(string json)
    {
        File.WriteAllText(_path, json);
        return NicProfiles.ReadFile(_path);
    }
}
