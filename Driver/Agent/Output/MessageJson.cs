using System.Collections;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace NetPolNic.Agent.Output;

/// <summary>
/// A message as JSON with the field names of its .proto in lowerCamelCase. Unlike protobuf's own mapping, numbers of 64 bits
/// are numbers, and a field without presence is always there, so that a reader need not know defaults.
/// </summary>
internal static class MessageJson
{
    /// <summary>Indented, over many lines.</summary>
    public static string Write(IMessage message) => JsonText.Write(json => Write(json, message));

    /// <summary>On one line, for streams of objects.</summary>
    public static string WriteLine(IMessage message) => JsonText.WriteLine(json => Write(json, message));

    private static void Write(Utf8JsonWriter json, IMessage message)
    {
        json.WriteStartObject();
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (!field.HasPresence || field.Accessor.HasValue(message))
            {
                json.WritePropertyName(field.JsonName);
                Value(json, field.Accessor.GetValue(message));
            }
        }

        json.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case Timestamp at:
                json.WriteStringValue(at.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
                break;
            case IMessage message:
                Write(json, message);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case double number:
                json.WriteNumberValue(Math.Round(number, 3));
                break;
            case IList items:
                json.WriteStartArray();
                foreach (object item in items)
                {
                    Value(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteRawValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
        }
    }
}
