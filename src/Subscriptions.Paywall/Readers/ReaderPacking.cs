using System.Text;

namespace Subscriptions.Paywall;

/// <summary>
/// A reader and what is known of her in one array of some hundred bytes, begun by her id. As objects the same takes a kilobyte, most of it in frames around
/// texts that are alike for everybody. Times come back in UTC.
/// </summary>
internal static class ReaderPacking
{
    [ThreadStatic]
    private static PackWriter? _writer;

    /// <summary>Packs the id alone, for a reader of whom nothing is known yet.</summary>
    public static byte[] Pack(string readerId)
    {
        var writer = Begin();
        writer.Text(readerId);
        return writer.ToArray();
    }

    /// <param name="before">What is packed of the same reader so far; its id is taken over.</param>
    public static byte[] Pack(byte[] before, ReaderAnswer answer)
    {
        var writer = Begin();
        var id = IdOf(before);
        writer.Number(id.Length);
        writer.Bytes(id);
        writer.Time(answer.ServiceNow);
        writer.Time(answer.ValidUntil);
        writer.Time(answer.CheckedAt);
        writer.Number((answer.RecheckAt - answer.CheckedAt).Ticks);
        writer.Number(answer.Epoch);
        writer.Number(answer.Generation);
        writer.Byte(answer.Access is null ? (byte)0 : (byte)1);
        if (answer.Access is { } access)
            Write(writer, access, before);
        return writer.ToArray();
    }

    /// <summary>What is packed; null if only the id is.</summary>
    public static ReaderAnswer? Unpack(byte[] packed)
    {
        var reader = new PackReader(packed);
        var id = reader.Take((int)reader.Number());
        if (reader.IsAtEnd)
            return null;
        var (serviceNow, validUntil, checkedAt) = (reader.Time(), reader.TimeOrNull(), reader.Time());
        var recheckAt = checkedAt.AddTicks(reader.Number());
        var (epoch, generation) = ((int)reader.Number(), (int)reader.Number());
        var access = reader.Byte() == 0 ? null : ReadAccess(ref reader, id);
        return new ReaderAnswer(access, serviceNow, validUntil, checkedAt, recheckAt, epoch, generation) { Packed = packed };
    }

    public static bool HoldsAnswer(byte[] packed)
    {
        var reader = new PackReader(packed);
        reader.Take((int)reader.Number());
        return !reader.IsAtEnd;
    }

    /// <summary>Whether something packed is about a reader.</summary>
    public static bool IsOf(byte[] packed, string readerId)
    {
        var id = IdOf(packed);
        return id.Length == readerId.Length ? Ascii.Equals(id, readerId) : id.Length > readerId.Length && id.SequenceEqual(Encoding.UTF8.GetBytes(readerId));
    }

    private static ReadOnlySpan<byte> IdOf(ReadOnlySpan<byte> packed)
    {
        var reader = new PackReader(packed);
        return reader.Take((int)reader.Number());
    }

    private static PackWriter Begin()
    {
        var writer = _writer ??= new PackWriter();
        writer.Clear();
        return writer;
    }

    private static void Write(PackWriter writer, ReaderAccess access, byte[] before)
    {
        // The service answers about whom it was asked; only tests make it another.
        writer.Text(IsOf(before, access.ReaderId) ? null : access.ReaderId);
        writer.Number(access.Version);
        writer.Number((int)access.WithoutGrant);
        writer.Number(access.Grants.Count);
        foreach (var grant in access.Grants)
        {
            writer.Word(grant.Kind);
            writer.Text(grant.Record);
            writer.Number(grant.Entitlements.Count);
            foreach (var name in grant.Entitlements)
                writer.Word(name);
            writer.Time(grant.From);
            writer.Time(grant.Until);
            writer.Word(grant.Reason);
        }

        writer.Byte(access.Notice is null ? (byte)0 : (byte)1);
        if (access.Notice is { } notice)
            Write(writer, notice);
    }

    private static void Write(PackWriter writer, ReaderNotice notice)
    {
        writer.Number((int)notice.Stage);
        writer.Word(notice.Heading);
        writer.Text(notice.Body);
        writer.Word(notice.MyAccountUrl);
        writer.Text(notice.UpdatePaymentDetailsUrl);
        writer.Time(notice.AccessEndsAt);
        writer.Time(notice.NextAttemptAt);
    }

    private static ReaderAccess ReadAccess(ref PackReader reader, ReadOnlySpan<byte> id)
    {
        var readerId = reader.Text() ?? Encoding.UTF8.GetString(id);
        var (version, without) = (reader.Number(), (DecisionReason)reader.Number());
        var grants = new Grant[reader.Number()];
        for (var i = 0; i < grants.Length; i++)
            grants[i] = ReadGrant(ref reader);
        return new ReaderAccess(readerId, version, grants, reader.Byte() == 0 ? null : ReadNotice(ref reader), without);
    }

    private static Grant ReadGrant(ref PackReader reader)
    {
        var (kind, record) = (reader.Word()!, reader.Text()!);
        var entitlements = new string[reader.Number()];
        for (var i = 0; i < entitlements.Length; i++)
            entitlements[i] = reader.Word()!;
        return new Grant(kind, record, entitlements, reader.TimeOrNull(), reader.TimeOrNull(), reader.Word());
    }

    private static ReaderNotice ReadNotice(ref PackReader reader) => new(
        (NoticeStage)reader.Number(), reader.Word()!, reader.Text()!, reader.Word(), reader.Text(), reader.TimeOrNull(), reader.TimeOrNull());
}
