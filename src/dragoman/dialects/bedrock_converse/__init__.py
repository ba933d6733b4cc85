"""Amazon Bedrock's Converse: requests and answers in JSON, streams in Amazon's binary framing."""
