using System.Text;

namespace NetPolNic.Agent.Tests.TruthTables;

/// <summary>The expected rows of one port, worked out from a case's lines.</summary>
internal sealed record TruthTable(string[] Ingress, string[] Egress, string[] Combined)
{
    public static TruthTable Of(TruthCase truth, string port)
    {
        string[] names = truth.Endpoints;
        return new TruthTable(
            Rows(names, (src, dst) => At(truth, src, dst, port, statement => statement.AtIngress)),
            Rows(names, (src, dst) => At(truth, src, dst, port, statement => statement.AtEgress)),
            Rows(names, (src, dst) => src == dst || // S-b13
                (At(truth, src, dst, port, statement => statement.AtIngress) &&
                 At(truth, src, dst, port, statement => statement.AtEgress))));
    }

    private static bool At(TruthCase truth, string src, string dst, string port, Func<TruthStatement, bool> direction) =>
        truth.Statements.FindLast(s => direction(s) && s.Covers(src, dst, port))?.Allows ?? true;

    private static string[] Rows(string[] names, Func<string, string, bool> allowed) =>
    [
        .. names.Select(src => names.Aggregate(
            new StringBuilder(), (row, dst) => row.Append(allowed(src, dst) ? '1' : '0'), row => row.ToString())),
    ];
}
