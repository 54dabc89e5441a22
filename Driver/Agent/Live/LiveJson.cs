using System.Collections.Immutable;
using System.Text.Json;
using NetPolNic.Agent.Output;

namespace NetPolNic.Agent.Live;

/// <summary>A live run for scripts.</summary>
internal static class LiveJson
{
    public static string Write(ImmutableArray<LiveChapter> chapters) => JsonText.Write(json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("agreed", chapters.All(chapter => chapter.Agreed));
        json.WriteStartArray("runs");
        foreach (LiveChapter chapter in chapters)
        {
            json.WriteStartObject();
            json.WriteNumber("mtu", chapter.Mtu);
            Steps(json, chapter);
            json.WriteStartArray("cells");
            foreach (LiveTable table in chapter.Tables)
            {
                foreach ((int src, int dst) in table.Cells())
                {
                    Cell(json, chapter, table, src, dst);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void Steps(Utf8JsonWriter json, LiveChapter chapter)
    {
        json.WriteStartArray("claims");
        foreach (LiveStep step in chapter.Steps)
        {
            json.WriteStartObject();
            json.WriteString("claim", step.Name);
            json.WriteString("result", step.IsSkipped ? "skipped" : step.Passed ? "holds" : "fails");
            json.WriteString("seen", step.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Cell(Utf8JsonWriter json, LiveChapter chapter, LiveTable table, int src, int dst)
    {
        json.WriteStartObject();
        json.WriteString("from", chapter.Hosts[src].Name);
        json.WriteString("to", chapter.Hosts[dst].Name);
        json.WriteString("port", table.Question.What);
        json.WriteString("family", table.Question.FamilyName);
        json.WriteString("measured", table.Measured[src, dst] switch
        {
            LiveOutcome.Passed => "allow",
            LiveOutcome.Denied => "deny",
            _ => "half",
        });
        json.WriteString("policy", table.Expected[src, dst] ? "allow" : "deny");
        json.WriteBoolean("differs", table.Differs(src, dst));
        json.WriteEndObject();
    }
}
