using System.Text;
using System.Text.Json;
using NetPolNic.Agent.Output;

namespace NetPolNic.Agent.Matrix;

/// <summary>The matrix as JSON: rows are sources, one character per destination, '1' allowed.</summary>
internal static class MatrixJson
{
    public static string Write(MatrixResult result) => JsonText.Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("endpoints");
        foreach (MatrixEndpoint endpoint in result.Endpoints)
        {
            json.WriteStartObject();
            json.WriteString("name", endpoint.Name);
            json.WriteString("ip", endpoint.Addresses[0].ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("ports");
        foreach (ProtoPort port in result.Ports)
        {
            json.WriteStringValue(port.ToString());
        }

        json.WriteEndArray();
        json.WriteStartArray("tables");
        foreach (MatrixTable table in result.Tables)
        {
            json.WriteStartObject();
            json.WriteString("port", table.Port.ToString());
            Rows(json, "ingress", table.Ingress);
            Rows(json, "egress", table.Egress);
            Rows(json, "combined", table.Combined);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void Rows(Utf8JsonWriter json, string name, bool[,]? cells)
    {
        if (cells is null)
        {
            return;
        }

        json.WriteStartArray(name);
        for (int src = 0; src < cells.GetLength(0); src++)
        {
            StringBuilder row = new(cells.GetLength(1));
            for (int dst = 0; dst < cells.GetLength(1); dst++)
            {
                row.Append(cells[src, dst] ? '1' : '0');
            }

            json.WriteStringValue(row.ToString());
        }

        json.WriteEndArray();
    }
}
