using Microsoft.AspNetCore.Http;

namespace NetPolNic.TestApiServer;

/// <summary>Writes a body as scripted: in small pieces, or only its beginning.</summary>
internal sealed class ResponseWriter(HttpContext context, Stream body, int chunkBytes, int? cutAfterBytes)
{
    private int _left = cutAfterBytes ?? int.MaxValue;

    /// <summary>Writes; false once the connection has been cut.</summary>
    public async Task<bool> WriteAsync(ReadOnlyMemory<byte> bytes, bool flush, CancellationToken cancellation)
    {
        bool isCut = bytes.Length > _left;
        ReadOnlyMemory<byte> rest = isCut ? bytes[.._left] : bytes;
        _left -= rest.Length;
        while (rest.Length > 0)
        {
            int length = chunkBytes > 0 ? Math.Min(chunkBytes, rest.Length) : rest.Length;
            await body.WriteAsync(rest[..length], cancellation).ConfigureAwait(false);
            rest = rest[length..];
            if (chunkBytes > 0 || isCut)
            {
                await body.FlushAsync(cancellation).ConfigureAwait(false);
            }
        }

        if (isCut)
        {
            context.Abort();
            return false;
        }

        if (flush && chunkBytes == 0)
        {
            await body.FlushAsync(cancellation).ConfigureAwait(false);
        }

        return true;
    }
}
