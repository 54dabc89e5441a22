namespace NetPolNic.Benches;

/// <summary>What <c>--help</c> prints, of all commands and of each.</summary>
internal static class Usage
{
    /// <summary>All commands.</summary>
    public const string Commands = """
        benches: measures the parts of NetPolNic; docs/benchmarks.md says what each does and how to read it

          resolve-events, control-plane, api-server      selectors, and what a cluster's events cost
          plan-times, flow, scale                        the planner, rules through the bindings, nodes in practice
          data-path, loop-stalls, line-rate              the fallback, against its peers and behind real ports
          --filter '*'                                   micro-benchmarks

        COMMAND --help lists a command's options.
        """;

    /// <summary>Options of a command.</summary>
    /// <param name="command">Its name.</param>
    /// <returns>Null where there is no such command.</returns>
    public static string? Of(string command) => command switch
    {
        "resolve-events" or "plan-times" or "flow" => $"{command}: no options",
        "loop-stalls" => "loop-stalls [SECONDS]: length of each measurement (5)",
        "scale" => """
            scale: what nodes and clusters need
              --inputs FILE        measured costs (Scale/inputs.json)
              --docs FOLDER        writes the tables into its scale.md
            """,
        "control-plane" or "api-server" => $"""
            {command}: a whole agent on emulated ports against an API server
              --pods N             (10000)      --namespaces N       (500)      --policies N         (10000)
              --pods-per-node N    (110)        --nic PROFILE        (mlx5)     --events N           measured singly (2000)
              --bursts N           (5)          --load-seconds S     of 1 000 events each (60)
            """,
        "line-rate" => """
            line-rate: throughput without loss and latency (RFC 2544), the agent against testpmd in its place
              --quick              two sizes, one short round
              --sizes N,…          frames without FCS, or IMIX (64,128,256,512,1024,1280,1518,IMIX)
              --flows N            connections (1000)            --rounds N           searches of each size (3)
              --seconds S          of a trial (2)                --resolution SHARE   where a search ends (0.02)
              --loss-ppm N         that may be lost (0)          --churn N            edits of the policy a second (10)
              --docs FOLDER        writes table and chart into its benchmarks.md
            """,
        "data-path" => """
            data-path: the fallback against testpmd, rte_hash + rte_acl, OVS-DPDK and nftables on the same traffic
              --quick              fewer workloads, three short rounds
              --base-only          the first workload only
              --flows N, --rules N of the first workload (10000, 1000)
              --traffic KIND       established, new, denied or mixed; that workload only
              --ipv6               that workload only
              --manifests DIR --pcap FILE [--node NAME]          any policy, any traffic
              --rounds N           (5)                           --seconds S          a window of each (0.5)
              --stall-seconds S    of the run under churn (60)   --cpu N              of the measured loops (the last)
              --peers              OVS-DPDK and nftables too     --only NAME,…        these data paths only
              --loop native|managed                              --source pcap|memif  memif: a testpmd on another CPU feeds all
              --hugepages          for all alike
              --json FILE, --figure FILE                         all samples; the chart
            """,
        _ => null,
    };
}
