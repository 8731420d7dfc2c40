namespace Subscriptions.Sandbox.Inbox;

/// <summary>What the inbox answers.</summary>
internal static class SmtpReply
{
    public const string Greeting = "220 localhost sandbox inbox ESMTP";
    public const string Bye = "221 2.0.0 Goodbye";
    public const string Done = "250 2.0.0 OK";
    public const string GoAhead = "354 End the message with a line that holds a full stop only";
    public const string SignedIn = "235 2.7.0 Any name and password will do here";
    public const string CannotVerify = "252 2.1.5 Send it and see";
    public const string Help = "214 2.0.0 EHLO HELO AUTH MAIL RCPT DATA RSET NOOP VRFY QUIT";
    public const string TooIdle = "421 4.4.2 Nothing was said for too long";
    public const string TooManyMistakes = "421 4.7.0 Too many commands that make no sense";
    public const string TooManyCallers = "421 4.3.2 Too many connections";
    public const string Stopping = "421 4.3.2 The inbox is closing";
    public const string LineTooLong = "500 5.5.6 The line is too long";
    public const string Unknown = "500 5.5.2 Command not understood";
    public const string BadSyntax = "501 5.5.4 The command's argument is not right";
    public const string NotHere = "502 5.5.1 Not offered here";
    public const string OutOfOrder = "503 5.5.1 Not now: the order is EHLO, MAIL, RCPT, DATA";
    public const string UnknownParameter = "555 5.5.4 Parameter not known";
    public const string TooManyRecipients = "452 4.5.3 Too many recipients";
    public const string TooBig = "552 5.3.4 The message is too big";
    public const string MessageLineTooLong = "554 5.6.0 A line of the message is longer than 998 bytes";
    public const string Later = "451 4.3.0 Refused for now: a fault is set in the sandbox";
    public const string Never = "550 5.1.1 No such mailbox: a fault is set in the sandbox";
    public const string NotStored = "451 4.3.0 The message could not be stored";
}
