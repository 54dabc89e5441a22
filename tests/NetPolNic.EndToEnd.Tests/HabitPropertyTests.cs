using CsCheck;
using Dpdk.Ethdev;
using Dpdk.Flow;
using NetPolNic.Agent.Emulation;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// All profiles × all bad habits: with the habit on, and a profile that declares it, no packet is decided wrong, whatever
/// of the NIC is unknown.
/// </summary>
public sealed class HabitPropertyTests
{
    private const int CasesPerPair = 3;
    private static readonly EmulatedPort[] s_ports = [EmulatedPort.Uplink, EmulatedPort.Pods];

    public static TheoryData<string> Profiles => [.. NicProfiles.Names];

    /// <summary>Without those that cannot spoil a plan of this version: it has no groups, and no L4 drop of fragments.</summary>
    public static TheoryData<string> Harmful => [.. Habits.Silent.Except(["ignore_group", "l4_frag_miss"])];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Decides_right_with_the_habits_that_the_profile_names(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        string? quirk = nic.Habits.IsEmpty ? null : string.Join('+', nic.Habits.Keys);
        Failure.Check(On(profile), 25, of => Difference(of, nic, nic, quirk));
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Decides_right_with_each_habit_that_is_declared(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        foreach (string habit in Habits.Silent)
        {
            NicCapabilities declared = nic.Declare(habit);
            Failure.Check(
                On(profile),
                CasesPerPair,
                of => Difference(of, declared, declared.EmulatedWith(habit), habit) is { } wrong ? $"{habit}\n{wrong}" : null);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Decides_right_with_each_habit_that_needs_no_declaration(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        foreach (string habit in Habits.Open)
        {
            Failure.Check(
                On(profile), CasesPerPair, of => Difference(of, nic, nic, habit) is { } wrong ? $"{habit}\n{wrong}" : null);
        }
    }

    /// <summary>The port is dead from the reset until it is started again, and then has to be told everything again.</summary>
    [Theory]
    [InlineData("mlx5")]
    [InlineData("ice")]
    [InlineData("enic")]
    [InlineData("tap")]
    public void Decides_right_after_the_port_has_reset_itself(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        Failure.Check(CaseGen.Steady.Select(of => of with { Profile = profile }), 10, of =>
        {
            PolicySnapshot snapshot = new PolicyResolver(of.Mode).Resolve(of.State, of.Node);
            using NodeRig rig = new(nic, of.Keep, "reset_nth:2");
            return Walk.FirstDifference(of, rig, started: started => started.Recover(snapshot)) ?? Missing(rig);
        });
        using NodeRig full = new(nic, keep: false, "reset_nth:1");
        PolicySnapshot closed = Closed();
        full.Node.Apply(closed);
        Assert.Equal(0, full.RulesIn(EmulatedPort.Pods));
        Assert.Equal(EthPortEvents.Reset, full.Ports[(int)EmulatedPort.Pods].TakeEvents());
        Assert.Equal(EthPortEvents.None, full.Ports[(int)EmulatedPort.Pods].TakeEvents());
        full.Recover(closed);
        Assert.NotEqual(0, full.RulesIn(EmulatedPort.Pods));
    }

    /// <summary>The habits are real: undeclared, each of them decides some packet wrong.</summary>
    [Theory]
    [MemberData(nameof(Harmful))]
    public void Finds_a_wrong_decision_when_a_habit_is_not_declared(string habit)
    {
        // The same cases at each run: what is found does not depend on luck.
        PCG random = new(stream: 3, seed: 4);
        string? found = null;
        for (int i = 0; i < 600 && found is null; i++)
        {
            Case of = CaseGen.Short.Generate(random, null, out _);
            NicCapabilities nic = Undeclared(habit);

            // With one priority the port would refuse what the habit is to spoil.
            NicCapabilities emulated = habit is "prio_ignore" or "ip_other"
                ? nic
                : nic.Declare(habit).EmulatedWith(habit);
            found = Difference(of with { Profile = nic.Name }, nic, emulated, habit);
        }

        Assert.True(found is not null, "600 cases were decided right");
    }

    /// <summary>testpmd dies of these two: a refusal without a word, and a query that fails without one.</summary>
    [Fact]
    public void Says_nothing_when_told_to_leave_errors_unset()
    {
        using NodeRig rig = new("i40e", quirk: "error_unset+query_fails");
        EthPort port = rig.Ports[0];

        FlowInstallResult refused = port.Flow.Create(Rule(new Ipv4Item(Dst: new FieldMatch<uint>(0x0a000000, 0xff000000))));
        FlowInstallResult created = port.Flow.Create(Rule(new Ipv4Item(Dst: FieldMatch.Exact(0x0a000001u))));

        Assert.Equal(RejectReason.Unsupported, refused.Rejection!.Reason);
        Assert.Null(refused.Rejection.Message);
        Assert.NotNull(port.Flow.QueryCount(created.Rule!).Rejection);
    }

    private static FlowSpec Rule(Ipv4Item item) => new(new FlowAttr(Group: 0), [new EthItem(), item], [new DropAction()]);

    /// <summary>A NIC where the habit spoils what its profile promises.</summary>
    private static NicCapabilities Undeclared(string habit)
    {
        NicCapabilities full = NicProfiles.Load("full");
        CapabilityFact<FragmentL4> byProto = new(FragmentL4.Any, "test");
        return habit switch
        {
            // An L4 item that misses later fragments would do no harm.
            "ignore_frag" => full with { L4OnFragments = byProto },
            "v6proto_last" => full with { Fields = full.Fields.Remove(MatchField.Ipv6HasFrag), L4OnFragments = byProto },
            "l4_by_proto" => full with
            {
                Fields = full.Fields.Remove(MatchField.Ipv4Frag),
                L4OnFragments = new CapabilityFact<FragmentL4>(FragmentL4.Miss, "test"),
            },

            // These speak of group 0, where a plan with groups has one rule.
            "prio_flip" or "prio_ignore" or "ip_other" => full with { Groups = new CapabilityFact<int>(1, "test") },
            _ => full,
        };
    }

    private static Gen<Case> On(string profile) => CaseGen.Short.Select(of => of with { Profile = profile });

    private static string? Difference(Case of, NicCapabilities nic, NicCapabilities emulated, string? quirk)
    {
        int choice = of.Steps.Length == 0 ? 0 : of.Steps[0].Choice;
        using NodeRig rig = new(nic, of.Keep, quirk, emulated.Guess(choice));
        return Walk.FirstDifference(of, rig, changed: Books);
    }

    private static string? Books(NodeRig rig)
    {
        foreach (EmulatedPort port in s_ports)
        {
            int realized = rig.Node.ReconcilerOf(port).Realized.Length;
            if (rig.RulesIn(port) != realized)
            {
                return $"{port} holds {rig.RulesIn(port)} rules, the reconciler says {realized}";
            }
        }

        return null;
    }

    private static string? Missing(NodeRig rig) => rig.NotRealized(EmulatedPort.Pods).IsEmpty
        ? Books(rig)
        : $"{rig.NotRealized(EmulatedPort.Pods).Length} drops and passes are not in the NIC";

    private static PolicySnapshot Closed() => new PolicyResolver(IsolationMode.Auto).Resolve(
        new ClusterBuilder().Space("x").Pod("x/a", 1).Pod("x/b", 2).Ingress("x/p", "").Egress("x/q", "").Build(), null);
}
